import type { PromptContent } from '@anvil/core/prompt';
import { edit, publish, type Place, type SignedIn } from './sample-content.ts';

/** The longest slugs and names that there can be, without a place to break. */
export const LONG = {
  project: 'p'.repeat(64),
  set: 's'.repeat(64),
  prompt: 'longest'.padEnd(64, 'x'),
  parameter: 'n'.repeat(64),
  label: 'l'.repeat(36),
  name: 'W'.repeat(120),
};

const content = (text: string): PromptContent => ({
  kind: 'text',
  template: `${text} {{ ${LONG.parameter} }}`,
  parameters: [{ name: LONG.parameter, type: 'string', required: true }],
  config: '{}',
});

/** A set whose slugs, names, parameters and labels have the longest allowed length, with three versions and a draft. */
export async function makeLongNames({ trpc, organisation }: SignedIn): Promise<Place> {
  const place = { organisation, project: LONG.project, set: LONG.set };
  const { name, prompt } = LONG;
  await trpc.projects.create.mutate({ organisation, name, slug: LONG.project, description: name });
  await trpc.promptSets.create.mutate({
    ...{ organisation, project: LONG.project, name, slug: LONG.set, description: name },
  });
  await trpc.prompts.create.mutate({ ...place, name, slug: prompt, content: content(name) });
  await publish(trpc, place, name);
  const label = { ...place, name: LONG.label, from: null, to: '1.0.0', reason: name };
  await trpc.labels.move.mutate(label);
  await edit(trpc, place, prompt, content(`${name} again`));
  await publish(trpc, place, `**${name}**`);
  await edit(trpc, place, prompt, content('Short'));
  return place;
}

import type { Parameter, TextContent } from '@anvil/core/prompt';
import type { PromptView } from '#server/schemas/prompts.ts';
import type { Context } from '#server/services/context.ts';
import { createProject } from '#server/services/projects.ts';
import { createPrompt } from '#server/services/prompts.ts';
import { createPromptSet } from '#server/services/prompt-sets.ts';

/** A text prompt. Parameters are strings: `name` is required, `name?` optional, `name?=warm` has a default. */
export function textPrompt(template: string, parameters: string[] = []): TextContent {
  return { kind: 'text', template, config: '{}', parameters: parameters.map(parameter) };
}

function parameter(text: string): Parameter {
  const [, name = '', optional, value] = /^(\w+)(\?)?(?:=(.*))?$/.exec(text) ?? [];
  if (!optional) return { name, type: 'string', required: true };
  return { name, type: 'string', required: false, ...(value === undefined ? {} : { default: value }) };
}

export interface TestSet {
  id: string;
  /** `project/set` */
  address: string;
  ref: { organisation?: string; set_id: string };
  /** By slug, as they were saved last. */
  prompts: Record<string, PromptView>;
}

let made = 0;

/** A project of its own with one set that holds these prompts, unpublished. */
export async function makeSet(context: Context, prompts: Record<string, TextContent>): Promise<TestSet> {
  made += 1;
  const project = await createProject(context, { name: `Project ${made}`, description: '' });
  const set = await createPromptSet(context, {
    project: project.id,
    name: 'Emails',
    slug: 'emails',
    description: '',
  });
  const ref = { set_id: set.id };
  const saved: Record<string, PromptView> = {};
  for (const [slug, content] of Object.entries(prompts)) {
    saved[slug] = await createPrompt(context, { ...ref, name: slug, slug, content });
  }
  return { id: set.id, address: set.address, ref, prompts: saved };
}

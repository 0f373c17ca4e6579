import { z } from 'zod';
import { jsonValue, wholeNumber } from './bounded.ts';
import { authorView, id, pageInput, sha256Hex, text, time } from './common.ts';
import { content, problem } from './contents.ts';
import { promptSetRef } from './prompt-sets.ts';

export const changeView = z.object({
  rule: z.string().describe('Stable, for programs.'),
  level: z.enum(['major', 'minor', 'patch']).describe('What the changes amount to for callers.'),
  judged: z
    .boolean()
    .describe('`false`: Anvil can’t tell whether the change breaks callers. The number doesn’t cover it.'),
  prompt: z.string().describe('Slug.'),
  place: z.string().describe('Where in the prompt: a parameter, a field, a message.'),
  sentence: z.string().describe('What changed, for people.'),
  before: jsonValue().optional().describe('What it was.'),
  after: jsonValue().optional().describe('What it is now.'),
});
export type ChangeView = z.infer<typeof changeView>;

export const versionView = z.object({
  id,
  number: z.string().describe('Such as `1.4.2`; unique in its set for ever.'),
  address: z.string().describe('With its number: `project/prompt_set@1.4.2`.'),
  level: z.enum(['major', 'minor', 'patch']).describe('What the changes amount to for callers.'),
  behaviour: z.boolean().describe('Text, defaults, model or settings changed: answers may differ.'),
  changelog: z.string().describe('What its publisher wrote.'),
  checksum: sha256Hex.describe('SHA-256 over all of its contents: equal content has an equal one.'),
  engine: z.string().describe('What renders it: LiquidJS with its version.'),
  prompt_count: z.number().int().describe('How many prompts it holds.'),
  labels: z.array(z.string()).describe('Labels that name it now, `latest` among them.'),
  base: z.string().nullable().describe('The number it was compared with; `null` for a first version.'),
  created_at: time,
  author: authorView,
});
export type VersionView = z.infer<typeof versionView>;

export const versionDetailView = versionView.extend({
  changes: z.array(changeView).describe('Each change that counts for callers, the weightiest first.'),
});
export type VersionDetailView = z.infer<typeof versionDetailView>;

/** A prompt of a version, without its content. */
export const versionPromptSummary = z.object({
  slug: z.string(),
  name: z.string().describe('For people. The current name: names can change after a publication.'),
  address: z.string().describe('With the number: `project/prompt_set/prompt@1.4.2`.'),
  kind: z.enum(['text', 'chat']),
  parameters: z.array(z.string()).describe('Their names, with `?` behind the optional ones.'),
  sha256: sha256Hex.describe('Of the content, as it is stored.'),
});
export type VersionPromptSummary = z.infer<typeof versionPromptSummary>;

export const versionPromptView = versionPromptSummary
  .omit({ parameters: true, name: true })
  .extend({ content });
export type VersionPromptView = z.infer<typeof versionPromptView>;

/** A prompt that differs between two versions, or between a version and the draft. */
export const changedPromptView = z.object({
  slug: z.string(),
  name: z.string().describe('For people.'),
  before: content.nullable().describe('Its content in `from`; `null` when the prompt is new.'),
  after: content.nullable().describe('Its content in `to`; `null` when the prompt is gone.'),
});
export type ChangedPromptView = z.infer<typeof changedPromptView>;

/** What changes for callers between two versions. */
export const comparisonView = z.object({
  from: z.string().describe('The number that callers come from.'),
  to: z.string().describe('The number that they go to.'),
  level: z.enum(['major', 'minor', 'patch', 'none']).describe('What the changes amount to for callers.'),
  behaviour: z.boolean().describe('Text, defaults, model or settings changed: answers may differ.'),
  changes: z.array(changeView).describe('Each change that counts for callers, the weightiest first.'),
});
export type ComparisonView = z.infer<typeof comparisonView>;

/** A call that rendered with the old version and fails with the new one. Both were tried. */
export const witnessView = z.object({
  prompt: z.string().describe('Slug.'),
  values: z.record(z.string(), jsonValue()).describe('By the names of the parameters.'),
  why: z.string().describe('Why the call fails now.'),
  needs_strict: z
    .boolean()
    .describe('The call fails only with `strict: true`, which refuses names that the prompt doesn’t have.'),
});

/** What would be published, and as which number. */
export const nextVersionView = z.object({
  number: z.string().nullable().describe('The proposed number; `null` when nothing can be published.'),
  prerelease: z
    .string()
    .nullable()
    .describe(
      'The next pre-release of this number, such as `2.4.0-rc.1`; `null` when they have other names.',
    ),
  base: z.string().nullable().describe('The number it was compared with; `null` for a first version.'),
  level: z.enum(['major', 'minor', 'patch', 'none']).describe('What the changes amount to for callers.'),
  behaviour: z.boolean().describe('Text, defaults, model or settings changed: answers may differ.'),
  changes: z.array(changeView).describe('Each change that counts for callers, the weightiest first.'),
  witness: witnessView
    .nullable()
    .describe('A call that rendered before and fails now, if one was found. It was rendered by both.'),
  not_judged: z
    .array(z.string())
    .describe(
      'Slugs of prompts for which the number doesn’t promise that calls still render: their templates are too large, need more than half of a rendering limit, or are beyond 5,000 generated calls.',
    ),
  checksum: sha256Hex.describe(
    'Of the draft that was looked at: send it along when publishing, so that nothing else goes out.',
  ),
  prompt_count: z.number().int().describe('How many prompts it holds.'),
  obstacle: z
    .string()
    .nullable()
    .describe('Why nothing can be published: "nothing has changed since 1.4.2".'),
  problems: z.array(problem).describe('What was found in the draft, the worst first.'),
});
export type NextVersionView = z.infer<typeof nextVersionView>;

export const listVersionsInput = promptSetRef.extend(pageInput.shape);
export const versionRef = promptSetRef.extend({ number: text(100) });
export const listVersionPromptsInput = versionRef.extend(pageInput.shape);
export const versionPromptRef = versionRef.extend({ prompt: text(64) });
const number = text(100).describe('Of a version: `1.4.2`.');
export const compareVersionsInput = promptSetRef.extend({ from: number, to: number });
/** A page holds two contents per prompt, so it is short. */
export const listChangedPromptsInput = promptSetRef.extend({
  from: number,
  to: text(100).optional().describe('Of a version. The draft when left out.'),
  cursor: pageInput.shape.cursor,
  limit: wholeNumber(1, 20).default(10).describe('How many there are in one page at most.'),
});
export const publishVersionInput = promptSetRef.extend({
  number: text(100)
    .optional()
    .describe('The proposed number when left out; may be higher, or a pre-release of an allowed one.'),
  changelog: text(20_000).default('').describe('What changed, for people.'),
  checksum: sha256Hex.describe('The draft’s, as `next_version` showed it.'),
});
export type PublishVersionInput = z.input<typeof publishVersionInput>;

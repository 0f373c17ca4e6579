import { z } from 'zod';
import { authorView, id, pageInput, sha256Hex, text, time } from './common.ts';
import { content, problem } from './contents.ts';
import { promptSetRef } from './prompt-sets.ts';

export const changeView = z.object({
  rule: z.string(),
  level: z.enum(['major', 'minor', 'patch']),
  prompt: z.string(),
  place: z.string(),
  sentence: z.string(),
  before: z.json().optional(),
  after: z.json().optional(),
});
export type ChangeView = z.infer<typeof changeView>;

export const versionView = z.object({
  id,
  number: z.string(),
  /** `project/set@number`. */
  address: z.string(),
  level: z.enum(['major', 'minor', 'patch']),
  /** Text, defaults, model or settings changed: answers may differ. */
  behaviour: z.boolean(),
  changelog: z.string(),
  checksum: sha256Hex,
  engine: z.string(),
  prompt_count: z.number().int(),
  /** Labels that name it now, `latest` among them. */
  labels: z.array(z.string()),
  created_at: time,
  author: authorView,
});
export type VersionView = z.infer<typeof versionView>;

export const versionDetailView = versionView.extend({
  /** The number it was compared with. */
  base: z.string().nullable(),
  changes: z.array(changeView),
});
export type VersionDetailView = z.infer<typeof versionDetailView>;

/** A prompt of a version, without its content. */
export const versionPromptSummary = z.object({
  slug: z.string(),
  /** `project/set/prompt@number`. */
  address: z.string(),
  kind: z.enum(['text', 'chat']),
  /** Names, with `?` behind the optional ones. */
  parameters: z.array(z.string()),
  sha256: sha256Hex,
});
export type VersionPromptSummary = z.infer<typeof versionPromptSummary>;

export const versionPromptView = versionPromptSummary.omit({ parameters: true }).extend({ content });
export type VersionPromptView = z.infer<typeof versionPromptView>;

/** What changes for callers between two versions. */
export const comparisonView = z.object({
  from: z.string(),
  to: z.string(),
  level: z.enum(['major', 'minor', 'patch', 'none']),
  behaviour: z.boolean(),
  changes: z.array(changeView),
});
export type ComparisonView = z.infer<typeof comparisonView>;

/** A call that was valid against the old version and no longer is. */
export const witnessView = z.object({
  prompt: z.string(),
  values: z.record(z.string(), z.json()),
  why: z.string(),
});

/** What would be published, and as which number. */
export const nextVersionView = z.object({
  /** The proposed number; `null` when nothing can be published. */
  number: z.string().nullable(),
  /** The number compared with; `null` for a first version. */
  base: z.string().nullable(),
  level: z.enum(['major', 'minor', 'patch', 'none']),
  behaviour: z.boolean(),
  changes: z.array(changeView),
  witness: witnessView.nullable(),
  /** Of the draft that was looked at; sent along when publishing, so that nothing else goes out. */
  checksum: sha256Hex,
  prompt_count: z.number().int(),
  /** Why nothing can be published: "nothing has changed since 1.4.2". */
  obstacle: z.string().nullable(),
  problems: z.array(problem),
});
export type NextVersionView = z.infer<typeof nextVersionView>;

export const listVersionsInput = promptSetRef.extend(pageInput.shape);
export const versionRef = promptSetRef.extend({ number: z.string().max(100) });
export const listVersionPromptsInput = versionRef.extend(pageInput.shape);
export const versionPromptRef = versionRef.extend({ prompt: z.string().max(64) });
const number = z.string().max(100);
export const compareVersionsInput = promptSetRef.extend({ from: number, to: number });
export const publishVersionInput = promptSetRef.extend({
  /** The proposed number when left out; may be higher, or a pre-release of an allowed one. */
  number: z.string().max(100).optional(),
  changelog: text(20_000).default(''),
  /** The draft's checksum as `next_version` showed it. */
  checksum: sha256Hex,
});
export type PublishVersionInput = z.input<typeof publishVersionInput>;

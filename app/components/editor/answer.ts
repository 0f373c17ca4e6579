import type { Problem } from '@anvil/core/prompt';
import type { ContentForm, FieldErrors } from '../../lib/content-form.ts';
import type { Preview } from '../../lib/preview.server.ts';
import { placeWords } from '../../lib/problems.ts';

/** The typed fields of a refused form, and its errors. */
export interface EditorAnswer {
  form: ContentForm;
  name: string;
  values: string;
  intent: string;
  errors: FieldErrors;
  problems: Problem[];
  preview?: Preview;
  /** Errors that belong to no field. */
  sentence?: string;
  /** Somebody archived the prompt meanwhile. */
  archived?: boolean;
  /** The session has ended. */
  signedOut?: boolean;
}

/** Why the last save was refused, when the texts or fields are wrong. `RefusedSave` says the other reasons. */
export function obstacleOf({ intent, problems, errors, form, sentence }: EditorAnswer): string | undefined {
  if (!intent.startsWith('save') || sentence !== undefined) return undefined;
  const first = problems.find(({ severity }) => severity !== 'warning');
  if (first)
    return `${placeWords(
      first.place,
      form.messages.map(({ role }) => role),
    )} ${first.message}`.trim();
  return Object.keys(errors).length > 0 ? 'Fix the marked fields.' : undefined;
}

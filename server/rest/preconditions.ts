import { AppError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What `If-Match` has to hold, for the document. The route itself asks for it. */
    ifMatch?: string;
  }
}

/** Of an archived prompt: archiving and restoring append no revision, and the tag changes nevertheless. */
const ARCHIVED = '-archived';

/** Returns the tag of a prompt: its revision, and whether it is archived. */
export function promptTag({ revision, archived }: { revision: number; archived: boolean }): string {
  return `"${revision}${archived ? ARCHIVED : ''}"`;
}

/** The header of a route that needs `If-Match`, as it is documented. */
export const IF_MATCH_NOTE =
  'Needs `If-Match` with the `ETag` of the state that you have before you, so that nobody’s change is lost.';

/** What it holds for a prompt. */
export const PROMPT_IF_MATCH =
  'The `ETag` of the prompt that you have read: its revision (`"3"`), or `"3-archived"` for an archived prompt.';

/**
 * @param header `If-Match`
 * @returns the text between the quotes of the one tag
 * @throws AppError PRECONDITION_FAILED `if_match_required` when it is missing or of another form
 */
export function requireIfMatch(header: string | undefined): string {
  const tag = /^\s*(?:W\/)?"([^"]+)"\s*$/.exec(header ?? '')?.[1];
  if (tag !== undefined) return tag;
  throw new AppError(
    'PRECONDITION_FAILED',
    'Send If-Match with the ETag of what you have before you, such as If-Match: "3".',
    { reason: 'if_match_required' },
  );
}

/** The same for a prompt. @returns what its tag holds */
export function requirePromptTag(header: string | undefined): { revision: number; archived: boolean } {
  const [, revision, archived] = /^([1-9]\d{0,8})(-archived)?$/.exec(requireIfMatch(header)) ?? [];
  if (revision !== undefined) return { revision: Number(revision), archived: archived !== undefined };
  throw new AppError('PRECONDITION_FAILED', 'If-Match is not the ETag of a prompt, such as "3".', {
    reason: 'if_match_required',
  });
}

/**
 * Turns the conflict of a write with `If-Match` into what HTTP calls it: the precondition failed. What came with the
 * conflict (the current state) stays.
 */
export function asPrecondition<T>(work: Promise<T>, reason: string): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof AppError) || error.reason !== reason) throw error;
    const { message, details, data } = error;
    throw new AppError('PRECONDITION_FAILED', message, { reason, details, data, cause: error });
  });
}

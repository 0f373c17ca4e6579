import { AppError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Describes `If-Match` in the document. The route itself reads and checks the header. */
    ifMatch?: IfMatchDocs;
  }
}

interface IfMatchDocs {
  description: string;
  /** Of the text between the quotes. */
  tag: string;
}

const TAG = '[^"]{1,100}';
/** Of an archived prompt: archiving and restoring append no revision, and the tag changes nevertheless. */
const ARCHIVED = '-archived';
const PROMPT_TAG = `([1-9][0-9]{0,8})(${ARCHIVED})?`;
/** One strong or weak tag. */
const IF_MATCH = new RegExp(`^\\s*(?:W\\/)?"(${TAG})"\\s*$`);

/** Returns the tag of a prompt: its revision, and whether it is archived. */
export function promptTag({ revision, archived }: { revision: number; archived: boolean }): string {
  return `"${revision}${archived ? ARCHIVED : ''}"`;
}

/** Describes a route that needs `If-Match`. */
export const IF_MATCH_NOTE =
  'Needs `If-Match` with the `ETag` of the state that was read, so that no change is lost.';

/** `If-Match` of a prompt. */
export const PROMPT_IF_MATCH: IfMatchDocs = {
  description:
    'The `ETag` of the prompt that was read: its revision (`"3"`), or `"3-archived"` for an archived prompt.',
  tag: PROMPT_TAG,
};
/** The same for a label. */
export const VERSION_IF_MATCH: IfMatchDocs = {
  description: 'The version that the label points to: `"1.4.2"`.',
  tag: TAG,
};
/** The same for an API key. */
export const API_KEY_IF_MATCH: IfMatchDocs = {
  description: 'The `ETag` of the API key that was read: `"active"`.',
  tag: 'active|revoked',
};

/**
 * @param header `If-Match`
 * @returns the text between the quotes of the one tag
 * @throws AppError PRECONDITION_FAILED `if_match_required` when it is missing or of another form
 */
export function requireIfMatch(header: string | undefined): string {
  const tag = IF_MATCH.exec(header ?? '')?.[1];
  if (tag !== undefined) return tag;
  throw new AppError(
    'PRECONDITION_FAILED',
    'Send If-Match with the ETag of what you read, such as If-Match: "3".',
    { reason: 'if_match_required' },
  );
}

/** The same for a prompt. @returns what its tag holds */
export function requirePromptTag(header: string | undefined): { revision: number; archived: boolean } {
  const [, revision, archived] = new RegExp(`^${PROMPT_TAG}$`).exec(requireIfMatch(header)) ?? [];
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

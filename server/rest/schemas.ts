import { z } from 'zod';
import { id, organisationInput, pageInput } from '../schemas/common.ts';

/** An API key belongs to one organisation; a person who is a member of several says which. */
export const organisationQuery = organisationInput;
export const pageQuery = organisationQuery.extend(pageInput.shape);

export const setParams = z.object({ set_id: id });
export const promptParams = z.object({ prompt_id: id });

const errorBody = z
  .object({
    error: z.object({
      type: z.string().describe('What kind of error: one for each status.'),
      reason: z.string().describe('What exactly; stable, for programs.'),
      message: z.string(),
      details: z
        .array(
          z.object({
            field: z.string().describe('Its path: `content.messages.0.role`.'),
            message: z.string(),
          }),
        )
        .describe('Each wrong field.'),
      request_id: z.string().describe('Finds it in the log.'),
      data: z
        .unknown()
        .optional()
        .describe('What helps to go on, where there is something: the current state.'),
    }),
  })
  .meta({
    id: 'Error',
    description:
      '`reason` is stable and for programs, `message` for people. `details` name each wrong field.',
  });

const MEANINGS = {
  400: 'The request can’t be read.',
  401: 'No API key, or one that is unknown, revoked or over.',
  403: 'The key lacks the scope, or the role does not allow it.',
  404: 'There is no such thing, or it is somebody else’s.',
  409: 'Somebody else was faster, or it is taken.',
  412: '`If-Match` is missing, or names an older state than the one there is.',
  413: 'The body is too large.',
  415: 'The body is of another type than this takes.',
  422: 'A field is wrong; `details` say which and why.',
  429: 'Too often; `Retry-After` says when to come again.',
  500: 'A bug of Anvil; `request_id` finds it in the log.',
  503: 'Anvil can’t tell now; `Retry-After` says when to come again.',
} as const;
type ErrorStatus = keyof typeof MEANINGS;

/** What every route may answer, and the statuses of its own. */
export function errors(...own: ErrorStatus[]) {
  const statuses: ErrorStatus[] = [400, 401, 403, 422, 429, 500, 503, ...own];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: MEANINGS[status], content: { 'application/json': { schema: errorBody } } },
    ]),
  ) as Record<
    ErrorStatus,
    { description: string; content: { 'application/json': { schema: typeof errorBody } } }
  >;
}

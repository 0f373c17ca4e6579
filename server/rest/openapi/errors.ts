import { ERROR_TABLE } from '../../errors.ts';
import { headersOf } from './headers.ts';
import { joinReasons, REASONS, type ErrorStatus, type Reasons } from './reasons.ts';

const MEANINGS: Record<ErrorStatus, string> = {
  400: 'The request can’t be read.',
  401: 'The API key is missing or invalid.',
  403: 'The API key isn’t allowed to do this.',
  404: 'It doesn’t exist, or this key can’t see it.',
  405: 'The path doesn’t have this method.',
  409: 'The request conflicts with the current state.',
  412: 'The precondition `If-Match` failed.',
  413: 'The request is too large.',
  415: 'The body has the wrong type.',
  421: 'The request is for another host.',
  422: 'The request has wrong values.',
  429: 'Too many requests.',
  500: 'An error in Anvil.',
  503: 'Anvil can’t answer at the moment. Try again after `Retry-After`.',
};

/** The body of every error. Each operation narrows `reason`. */
export const ERROR_SCHEMA = {
  type: 'object',
  description:
    'Programs compare `reason`, which is stable. People read `message`. `details` names each wrong field.',
  properties: {
    error: {
      type: 'object',
      properties: {
        type: {
          type: 'string',
          enum: [...new Set(Object.values(ERROR_TABLE).map(({ type }) => type))].sort(),
          description: 'The kind of error, one for each status.',
        },
        reason: { type: 'string', description: 'The exact error. Stable.' },
        message: { type: 'string' },
        details: {
          type: 'array',
          description: 'Each wrong field. Empty if no field is wrong.',
          items: {
            type: 'object',
            properties: {
              field: { type: 'string', description: 'Path of the field, such as `content.messages.0.role`.' },
              message: { type: 'string' },
            },
            required: ['field', 'message'],
            additionalProperties: false,
          },
        },
        request_id: { type: 'string', description: 'Identifies the request in the log.' },
        data: { description: 'The current state, for errors that can be resolved with it.' },
      },
      required: ['type', 'reason', 'message', 'details', 'request_id'],
      additionalProperties: false,
    },
  },
  required: ['error'],
  additionalProperties: false,
  examples: [
    {
      error: {
        type: 'validation',
        reason: 'validation',
        message: 'name: This is missing.',
        details: [{ field: 'name', message: 'This is missing.' }],
        request_id: '01890a5d-ac96-774b-bcce-b302099a8057',
      },
    },
  ],
};

/** Returns the error responses of one operation by status. */
export function errorResponses(isWrite: boolean, sources: Reasons[]): Record<string, object> {
  return Object.fromEntries(
    joinReasons(...sources).map(([status, reasons]) => [status, response(status, reasons, isWrite)]),
  );
}

function response(status: ErrorStatus, reasons: string[], isWrite: boolean): object {
  const meanings: Record<string, string> = REASONS[status];
  const list = reasons.map((reason) => `* \`${reason}\`: ${meanings[reason]}`).join('\n');
  const narrowed = {
    type: 'object',
    properties: {
      error: {
        type: 'object',
        properties: { reason: { type: 'string', enum: reasons, description: 'The reasons of this status.' } },
        required: ['reason'],
      },
    },
    required: ['error'],
  };
  const schema = { allOf: [{ $ref: '#/components/schemas/Error' }, narrowed] };
  return {
    description: `${MEANINGS[status]}\n\n${list}`,
    headers: headersOf({
      'X-Request-Id': true,
      ...(status === 401 ? { 'WWW-Authenticate': true } : {}),
      // A change whose outcome is unknown isn't repeated blindly, so its error names no time.
      ...(status === 503 ? { 'Retry-After': !reasons.includes('outcome_unknown') } : {}),
      // A write is counted once the key is known.
      ...(isWrite ? rateLimit(status === 429) : {}),
      ...(status === 429 ? { 'Retry-After': true } : {}),
      ...(reasons.includes('idempotency_key.in_use') ? { 'Retry-After': false } : {}),
    }),
    content: { 'application/json': { schema } },
  };
}

/** @param isAlways whether each such response has the headers */
export function rateLimit(isAlways: boolean) {
  return { 'RateLimit-Limit': isAlways, 'RateLimit-Remaining': isAlways, 'RateLimit-Reset': isAlways };
}

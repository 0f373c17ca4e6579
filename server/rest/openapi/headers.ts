/** The response headers that the document declares. */
export const HEADERS = {
  ETag: {
    description: 'Identifies this state. Send it as `If-None-Match` to get 304, or as `If-Match` to write.',
    schema: { type: 'string', pattern: '^(?:W/)?"[^"]*"$', examples: ['"3"'] },
  },
  Location: {
    description: 'The path of what was created.',
    schema: { type: 'string', examples: ['/api/v1/projects/01890a5d-ac96-774b-bcce-b302099a8057'] },
  },
  'Retry-After': {
    description: 'Seconds to wait before the request is sent again.',
    schema: { type: 'integer', minimum: 1, maximum: 86_400, examples: [5] },
  },
  'RateLimit-Limit': {
    description: 'How many writes the key has in the current time span.',
    schema: { type: 'integer', minimum: 0, maximum: 1_000_000, examples: [600] },
  },
  'RateLimit-Remaining': {
    description: 'How many of them are left.',
    schema: { type: 'integer', minimum: 0, maximum: 1_000_000, examples: [597] },
  },
  'RateLimit-Reset': {
    description: 'Seconds until all of them are available again.',
    schema: { type: 'integer', minimum: 0, maximum: 86_400, examples: [42] },
  },
  'Anvil-Verified-At': {
    description:
      'Only present while the server can’t ask the database: the time at which the database last confirmed this ' +
      'response. The response is complete and usable, but a newer version may exist. Use it, and log or raise an alert ' +
      'if the time is further back than your application accepts. Without this header the response is current.',
    schema: { type: 'string', format: 'date-time', examples: ['2030-01-07T12:00:00.000Z'] },
  },
  'Idempotent-Replayed': {
    description: '`true` if this is the stored response of an earlier request with the same Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  'Cache-Control': {
    description: 'How long the response may be reused.',
    schema: { type: 'string', examples: ['private, no-cache'] },
  },
  'WWW-Authenticate': {
    description: 'Asks for an API key.',
    schema: { type: 'string', examples: ['Bearer realm="Anvil"'] },
  },
  'X-Request-Id': {
    description: 'Identifies the request in the log. A request can bring its own.',
    schema: { type: 'string', examples: ['01890a5d-ac96-774b-bcce-b302099a8057'] },
  },
} as const;

export type HeaderName = keyof typeof HEADERS;

/** The same headers as components, which responses refer to. `…Sometimes` is the form that may be absent. */
export function headerComponents(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(HEADERS).flatMap(([name, header]) => [
      [name, { ...header, required: true }],
      [`${name}-Sometimes`, header],
    ]),
  );
}

/** @param names each with whether the response always has it */
export function headersOf(names: Partial<Record<HeaderName, boolean>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(names).map(([name, isAlways]) => [
      name,
      { $ref: `#/components/headers/${name}${isAlways ? '' : '-Sometimes'}` },
    ]),
  );
}

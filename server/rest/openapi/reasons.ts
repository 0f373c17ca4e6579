/**
 * Every `reason` of an error that a program can get over REST, by status, with its meaning. Programs compare reasons, so
 * one that was released keeps its name. A test compares this table with the reasons in the source.
 */
export const REASONS = {
  400: {
    malformed: 'The request or its JSON can’t be read.',
    'json.duplicate_key': 'An object in the body has the same key twice.',
    'query.unknown': 'The query has a parameter that this operation doesn’t have.',
    'address.invalid': 'The address isn’t project/prompt_set/prompt@selector.',
    'sha256.invalid': 'The hash isn’t 64 characters of 0-9 and a-f.',
    'idempotency_key.invalid': 'The Idempotency-Key isn’t 1 to 255 printable characters.',
  },
  401: {
    unauthenticated: 'The request has no API key.',
    'api_key.invalid': 'The API key is unknown, revoked, expired or mistyped.',
  },
  403: {
    forbidden: 'The API key lacks the scope.',
    api_keys_disabled: 'The operator switched API keys off.',
    'api_key.beyond_maker': 'A key can’t create or revoke keys that may do more than itself.',
    cross_origin: 'A page of another site sent the request.',
  },
  404: {
    not_found: 'It doesn’t exist, or this key can’t see it.',
    'version.no_match': 'No version matches the selector.',
  },
  405: { method_not_allowed: 'The path doesn’t have this method. `Allow` lists the methods.' },
  409: {
    slug_taken: 'Another one has this slug.',
    slug_reserved: 'Something else was published under this slug.',
    nothing_changed: 'The draft equals the newest version.',
    draft_changed: 'The draft changed after it was checked. `data` has the new proposal.',
    label_moved: 'The label points to another version than expected.',
    busy: 'Others publish the same set. Try again.',
    'idempotency_key.in_use':
      'The first request with this key is still running. Send it again after `Retry-After`.',
    'idempotency_key.secret':
      'The first response held a secret, which isn’t sent again. `data.id` names what it created.',
  },
  412: {
    if_match_required: '`If-Match` is missing or isn’t an `ETag` of this resource.',
    revision_conflict: 'The prompt has a newer revision. `data.current` has it.',
    label_moved: 'The label points to another version than `If-Match` says.',
    'api_key.changed': 'The state of the key isn’t the one in `If-Match`. `data` has the key.',
  },
  413: {
    payload_too_large: 'The body is larger than this operation accepts.',
    'json.too_many_values': 'The body holds too many values.',
    'render.values_too_large': 'The values are larger than 256 kB.',
    'import.too_large': 'The file is larger than an import accepts.',
    'import.too_many_rows': 'The file has more rows than an import accepts.',
  },
  415: {
    unsupported_media_type: 'The body isn’t of the documented type.',
    unsupported_content_encoding: 'The body is compressed.',
  },
  421: { 'host.unknown': 'The request is for a host that this server doesn’t serve.' },
  422: {
    validation: 'Fields are missing, unknown or wrong. `details` names each of them.',
    'json.inexact_number': 'A number can’t be held exactly. `details` names each of them.',
    organisation_required: 'A member of several organisations must name one.',
    archived: 'The prompt is archived. Restore it first.',
    'content.invalid': 'A template, a parameter or the config can’t be read. `details` names each place.',
    'draft.invalid': 'The draft has errors and can’t be published. `data.problems` lists them.',
    'version.refused': 'The version can’t have this number.',
    'idempotency_key.other_request': 'The Idempotency-Key was used for another request.',
    'import.encoding': 'The file isn’t UTF-8.',
    'import.columns': 'The first line doesn’t name the columns `name` and `prompt`.',
    'import.empty': 'The file is empty.',
    'values.invalid': 'Values are missing or wrong. `details` names each of them.',
    'render.undefined': 'The template uses something that the values don’t have.',
    'render.output_too_large': 'The rendered text is larger than 1 MiB.',
    'render.memory': 'Rendering needs too much memory.',
    'render.failed': 'Rendering stopped with an error.',
    'render.syntax': 'A template can’t be parsed.',
    'render.missing_prompt': 'The template renders a prompt that doesn’t exist.',
    'render.not_text': 'The template renders a prompt that isn’t a text.',
    'render.arguments': 'The template renders another prompt with wrong arguments.',
    'render.too_deep': 'Prompts render each other more than 5 levels deep.',
    'render.time_zone': 'The template uses an unknown time zone.',
    'render.timeout': 'Rendering took too long.',
    'render.prompts_too_large': 'The prompts that the template renders are too large together.',
  },
  429: { too_many_requests: 'The key wrote too often. Try again after `Retry-After`.' },
  500: { internal: 'An error in Anvil. The operator finds it in the log by `request_id`.' },
  503: {
    starting: 'The server is starting.',
    database_unavailable: 'The database can’t be reached.',
    database_busy: 'All connections of this server are in use.',
    database_out_of_connections: 'The database accepts no more connections.',
    database_out_of_memory: 'The database is out of memory.',
    database_statement_timeout: 'The database took too long.',
    database_transaction_timeout: 'The request took too long.',
    database_lock_timeout: 'Another change of the same thing takes too long.',
    database_conflict: 'Another change was made at the same moment.',
    database_read_only: 'The database is read-only at the moment.',
    database_disk_full: 'The disk of the database is full.',
    outcome_unknown:
      'The connection was lost while the change was saved. Repeat the request with the same Idempotency-Key, or check.',
    'import.interrupted': 'The import was interrupted. Repeat it with the same file.',
    'render.busy': 'Too many templates wait for rendering.',
    'render.closed': 'The server is stopping.',
  },
} as const;

export type ErrorStatus = keyof typeof REASONS;
/** The reasons of one operation, by status. */
export type Reasons = { [S in ErrorStatus]?: readonly (keyof (typeof REASONS)[S])[] };

/** Reasons of each request. */
export const OF_EVERY_REQUEST: Reasons = {
  400: ['malformed', 'query.unknown'],
  401: ['unauthenticated', 'api_key.invalid'],
  403: ['forbidden', 'api_keys_disabled', 'cross_origin'],
  421: ['host.unknown'],
  500: ['internal'],
  503: [
    ...(['starting', 'database_unavailable', 'database_busy', 'database_out_of_connections'] as const),
    ...(['database_out_of_memory', 'database_statement_timeout', 'database_transaction_timeout'] as const),
  ],
};
/** Reasons of requests that the REST routes answer. Delivery answers its own. */
export const OF_MANAGEMENT: Reasons = { 404: ['not_found'], 422: ['validation', 'organisation_required'] };
export const OF_BODIES: Reasons = {
  400: ['json.duplicate_key'],
  413: ['payload_too_large', 'json.too_many_values'],
  415: ['unsupported_media_type', 'unsupported_content_encoding'],
  422: ['validation', 'json.inexact_number'],
};
export const OF_WRITES: Reasons = {
  429: ['too_many_requests'],
  503: [
    ...(['database_lock_timeout', 'database_conflict', 'database_read_only', 'database_disk_full'] as const),
    'outcome_unknown',
  ],
};
export const OF_IF_MATCH: Reasons = { 412: ['if_match_required'] };
export const OF_IDEMPOTENCY: Reasons = {
  400: ['idempotency_key.invalid'],
  409: ['idempotency_key.in_use'],
  422: ['idempotency_key.other_request'],
};
export const OF_SECRETS: Reasons = { 409: ['idempotency_key.secret'] };

/** Joins the reasons of several sources, each once and in the order of the table. */
export function joinReasons(...sources: Reasons[]): [status: ErrorStatus, reasons: string[]][] {
  const joined: [ErrorStatus, string[]][] = [];
  for (const status of Object.keys(REASONS).map(Number) as ErrorStatus[]) {
    const given = new Set<string>(sources.flatMap((source) => (source[status] ?? []) as readonly string[]));
    const reasons = Object.keys(REASONS[status]).filter((reason) => given.has(reason));
    if (reasons.length > 0) joined.push([status, reasons]);
  }
  return joined;
}

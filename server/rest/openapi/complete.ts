import type { Permission } from '../../auth/permissions.ts';
import { scopesFor } from '../../services/operation-scopes.ts';
import { describeDefaults } from './defaults.ts';
import { errorResponses, rateLimit } from './errors.ts';
import { EXAMPLES } from './examples.ts';
import { headersOf, type HeaderName } from './headers.ts';
import { LINKS, nextPage } from './links.ts';
import {
  OF_BODIES,
  OF_EVERY_REQUEST,
  OF_IDEMPOTENCY,
  OF_IF_MATCH,
  OF_MANAGEMENT,
  OF_SECRETS,
  OF_WRITES,
  type Reasons,
} from './reasons.ts';

/** The description of a route beyond its schema. */
export interface OperationDocs {
  /** The key needs one of the scopes of one of these permissions. */
  permissions: readonly Permission[];
  /** Reasons of this operation's own errors. */
  reasons?: Reasons;
  /** The thing that the `ETag` of the response identifies, if it has one: the `body`, or the `state` that `If-Match` compares. */
  tag?: 'body' | 'state';
  /** Headers of the successful response, each with whether it always has it. */
  headers?: Partial<Record<HeaderName, boolean>>;
}

/** The options of the routes that `complete` turns into parts of the document. */
export interface OperationFacts extends OperationDocs {
  area: 'management' | 'delivery';
  takesIdempotencyKey: boolean;
  takesIfMatch: boolean;
  answersSecret: boolean;
  /** In bytes; of operations with a body. */
  bodyLimit: number | undefined;
}

interface MediaType {
  schema?: unknown;
  example?: unknown;
}
export interface Operation {
  operationId: string;
  description?: string;
  parameters?: { name: string; in: string }[];
  requestBody?: { description?: string; required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, { description: string; headers?: object; content?: Record<string, MediaType> }>;
  security?: object[];
  'x-facts'?: OperationFacts;
}

const SUCCESS: Record<string, string> = {
  200: 'Success.',
  201: 'Created.',
  204: 'Removed. The response has no body.',
};

const CSV_BODY = {
  required: true,
  content: {
    'text/csv': {
      schema: {
        type: 'string',
        description: 'A CSV file in UTF-8. The first line names the columns. `name` and `prompt` are read.',
      },
    },
  },
};

/** Adds to an operation what no schema says: security, errors, headers, links and examples. */
export function completeOperation(method: string, operation: Operation): void {
  const facts = operation['x-facts'];
  if (!facts) throw new Error(`${operation.operationId} doesn't describe itself: set config.docs.`);
  delete operation['x-facts'];
  const isWrite = facts.area === 'management' && method !== 'get';
  if (operation.operationId.startsWith('importPrompts')) operation.requestBody = structuredClone(CSV_BODY);
  const { requestBody } = operation;
  for (const { schema } of Object.values(requestBody?.content ?? {})) describeDefaults(schema);
  operation.security = scopesFor(facts.permissions).map((scope) => ({ apiKey: [scope] }));
  describeScopes(operation, facts);
  if (requestBody && facts.bodyLimit !== undefined) {
    requestBody.description = `At most ${(facts.bodyLimit / 1_048_576).toLocaleString('en-GB')} MiB.`;
  }
  const errors = errorResponses(isWrite, [
    ...[OF_EVERY_REQUEST, facts.reasons ?? {}],
    ...(facts.area === 'management' ? [OF_MANAGEMENT] : []),
    ...(isWrite ? [OF_WRITES] : []),
    ...(requestBody ? [OF_BODIES] : []),
    ...(facts.takesIfMatch ? [OF_IF_MATCH] : []),
    ...(facts.takesIdempotencyKey ? [OF_IDEMPOTENCY] : []),
    ...(facts.answersSecret ? [OF_SECRETS] : []),
  ]);
  const [[status, success] = []] = Object.entries(operation.responses);
  if (status === undefined || !success) throw new Error(`${operation.operationId} has no response.`);
  success.headers = headersOf({
    'X-Request-Id': true,
    ...(facts.tag ? { ETag: true } : {}),
    ...(isWrite ? rateLimit(true) : {}),
    ...(facts.takesIdempotencyKey ? { 'Idempotent-Replayed': false } : {}),
    ...facts.headers,
  });
  if (success.description === 'Default Response') success.description = SUCCESS[status] ?? '';
  addExamples(operation, success);
  const links = linksOf(operation);
  if (links) Object.assign(success, { links });
  if (facts.tag === 'body') {
    operation.parameters = [...(operation.parameters ?? []), IF_NONE_MATCH];
    const headers = headersOf({ 'X-Request-Id': true, ETag: true, ...facts.headers });
    Object.assign(operation.responses, { 304: { description: 'The kept response is current.', headers } });
  }
  operation.responses = { [status]: success, ...omit(operation.responses, status), ...errors } as never;
}

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of the response that the program kept. The answer is 304 while it is current.',
  schema: { type: 'string', maxLength: 4_096, examples: ['"3"'] },
};

function omit(responses: Operation['responses'], status: string): object {
  return Object.fromEntries(Object.entries(responses).filter(([name]) => name !== status));
}

function describeScopes(operation: Operation, { permissions }: OperationFacts): void {
  const scopes = scopesFor(permissions).map((scope) => `\`${scope}\``);
  const needed = scopes.length === 1 ? `the scope ${scopes[0]}` : `one of the scopes ${scopes.join(', ')}`;
  operation.description = `${operation.description ?? ''}\n\nNeeds ${needed}.`.trimStart();
}

function addExamples(operation: Operation, success: Operation['responses'][string]): void {
  const example = EXAMPLES[operation.operationId];
  if (!example) throw new Error(`${operation.operationId} has no example.`);
  for (const media of Object.values(operation.requestBody?.content ?? {})) media.example = example.request;
  for (const media of Object.values(success.content ?? {})) media.example = example.response;
}

function linksOf({ operationId, parameters = [] }: Operation): object | undefined {
  const links = [...(LINKS[operationId] ?? [])];
  if (parameters.some(({ name }) => name === 'cursor')) {
    links.push(nextPage(operationId, parameters));
  }
  if (links.length === 0) return undefined;
  return Object.fromEntries(links.map((link) => [link.operationId, link]));
}

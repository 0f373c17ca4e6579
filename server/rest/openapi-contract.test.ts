import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { testApp, type TestAnswer, type TestApp } from '#tests/support/http.ts';
import { createApiWorld, type ApiWorld, type Call } from '#tests/support/openapi-calls.ts';
import { candidates, locationsOf, withValue, type Location } from '#tests/support/openapi-inputs.ts';
import {
  createSchemaCompiler,
  operationsOf,
  readOpenApi,
  type OpenApiDocument,
  type PlacedOperation,
} from '#tests/support/openapi.ts';
import { SCOPES } from '../schemas/api-keys.ts';

// Compares the document with the server: what each operation answers, and which input it accepts and refuses.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let document: OpenApiDocument;
let compile: ReturnType<typeof createSchemaCompiler>;
let operations: PlacedOperation[];
let world: ApiWorld;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  document = await readOpenApi(server);
  compile = createSchemaCompiler(document);
  operations = operationsOf(document);
  world = await createApiWorld(server);
});
afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

/** Headers that a response has only where the document declares them. */
const DECLARED_HEADERS = [
  ...['etag', 'location', 'retry-after', 'anvil-verified-at', 'idempotent-replayed'],
  ...['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'www-authenticate'],
];

function expectDocumented({ operationId, responses }: PlacedOperation, answer: TestAnswer, about = ''): void {
  const at = `${operationId} ${about} → ${answer.status} ${answer.text.slice(0, 300)}`;
  const response = responses[String(answer.status)];
  expect(response, at).toBeDefined();
  for (const [name, header] of Object.entries(response?.headers ?? {})) {
    if (header.required) expect(answer.headers, at).toHaveProperty(name);
  }
  for (const name of DECLARED_HEADERS) {
    if (answer.headers[name] !== undefined) expect(response?.headers ?? {}, at).toHaveProperty(name);
  }
  const schema = response?.content?.['application/json']?.schema;
  if (!schema) return;
  const validate = compile(schema);
  validate(answer.body);
  expect(validate.errors ?? [], at).toEqual([]);
}

async function send(operation: PlacedOperation, call: Call, token?: string): Promise<TestAnswer> {
  // Inputs are many more than a key may write in a minute.
  await server.context.limits.reset('apiWritePerKey', world.apiKeyId);
  return world.send(operation, call, token);
}

it('answers each operation as the document says', async () => {
  for (const operation of operations) {
    const answer = await send(operation, await world.callOf(operation.operationId));
    expect(answer.status, `${operation.operationId} ${answer.text}`).toBeLessThan(300);
    expectDocumented(operation, answer);
  }
});

it('answers 304 to the ETag of each response whose operation declares it', async () => {
  const tagged = operations.filter(({ responses }) => '304' in responses);
  expect(tagged.length).toBeGreaterThan(15);
  for (const operation of tagged) {
    const call = await world.callOf(operation.operationId);
    const { headers } = await send(operation, call);
    const again = await send(operation, { ...call, headers: { 'if-none-match': String(headers.etag) } });
    expect(again.status, operation.operationId).toBe(304);
    expectDocumented(operation, again);
  }
});

it('answers 404 to an unknown organisation wherever one can be named', async () => {
  const named = operations.filter(({ parameters }) =>
    parameters?.some(({ name }) => name === 'organisation'),
  );
  expect(named.length).toBeGreaterThan(25);
  for (const operation of named) {
    const call = await world.callOf(operation.operationId);
    const answer = await send(operation, { ...call, query: { ...call.query, organisation: 'unknown' } });
    expect([operation.operationId, answer.status]).toEqual([operation.operationId, 404]);
    expectDocumented(operation, answer);
  }
});

describe('each operation', () => {
  let account: TestAccount;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    account = await registerTestAccount(database);
    for (const scope of SCOPES) keys[scope] = (await createTestApiKey(account, { scopes: [scope] })).token;
  });

  it('asks for one of the scopes that the document names', async () => {
    for (const operation of operations) {
      // In another organisation: an allowed key finds nothing, another is refused. `resolve` answers per address.
      if (operation.operationId === 'resolveAddresses') continue;
      const documented = operation.security.flatMap(({ apiKey }) => apiKey);
      const call = await world.callOf(operation.operationId);
      for (const scope of SCOPES) {
        const answer = await send(operation, call, keys[scope]);
        const isRefusedByScope = ({ body }: TestAnswer) => body.error?.reason === 'forbidden';
        // A draft needs another scope than a version.
        const ofDraft =
          operation.operationId === 'listChangedPrompts'
            ? { ...call, query: { from: '1.0.0' } }
            : { ...call, path: { ...call.path, address: 'a/b/c@draft' } };
        const hasDraft = operation.operationId === 'listChangedPrompts' || 'address' in call.path;
        const refused =
          isRefusedByScope(answer) &&
          (!hasDraft || isRefusedByScope(await send(operation, ofDraft, keys[scope])));
        expect([operation.operationId, scope, refused]).toEqual([
          operation.operationId,
          scope,
          !documented.includes(scope),
        ]);
      }
    }
  });
});

/** Whether the server refuses the value at this place for what it is, not for the state that it meets. */
function isRefused(answer: TestAnswer, location: Location): boolean {
  const { reason, details = [] } = (answer.body.error ?? {}) as {
    reason?: string;
    details?: { field: string }[];
  };
  if (reason === 'if_match_required' || reason === 'idempotency_key.invalid') return true;
  if (reason === 'sha256.invalid' || reason === 'address.invalid') return true;
  if (reason !== 'validation') return false;
  return details.some(({ field }) => field === location.field || field.startsWith(`${location.field}.`));
}

/** Values that a schema can't describe: their list, the selectors of a range, what exists. */
const OPAQUE = ['cursor', 'address', 'projects.0'];

it('accepts input that the document accepts, and refuses with 4xx what it refuses', async () => {
  for (const operation of operations) {
    const base = await world.callOf(operation.operationId);
    for (const location of locationsOf(document, operation, base)) {
      const validate = compile(location.schema);
      await fc.assert(
        fc.asyncProperty(candidates(document, location), async (value) => {
          const call = withValue(await world.callOf(operation.operationId), location, value);
          const answer = await send(operation, call);
          const about = `${location.in} ${location.field} = ${JSON.stringify(value)?.slice(0, 200)}`;
          expect(answer.status, `${operation.operationId} ${about} ${answer.text}`).toBeLessThan(500);
          expectDocumented(operation, answer, about);
          const at = `${operation.operationId} ${about} → ${answer.status} ${answer.text.slice(0, 300)}`;
          if (!validate(location.read(value))) expect(answer.status, at).toBeGreaterThanOrEqual(400);
          else if (!OPAQUE.includes(location.field)) expect(isRefused(answer, location), at).toBe(false);
        }),
        { numRuns: 12, examples: location.examples.map((value) => [value]) },
      );
    }
  }
}, 600_000);

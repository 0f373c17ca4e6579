import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, inTestOrganisation, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { makeSet } from '#tests/support/prompts.ts';
import { appRouter } from '../trpc/router.ts';
import { ANONYMOUS_BODY_MAX_BYTES, BODY_MAX_BYTES, limitBody, PROMPT_BODY_MAX_BYTES } from './body-limits.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let port: number;
let key: Record<string, string>;
let session: Record<string, string>;
let setId: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database, {
    options: {
      pages: () =>
        Promise.resolve({
          handle: async (request) => Response.json({ bytes: (await request.text()).length }),
          development: false,
        }),
    },
  });
  const account = await registerTestAccount(database, { clock: server.context.clock });
  key = { authorization: `Bearer ${(await createTestApiKey(account)).token}` };
  session = { cookie: `anvil_session=${account.sessionToken}`, 'sec-fetch-site': 'same-origin' };
  setId = (await inTestOrganisation(account, () => makeSet(account.context, {}))).id;
  server.app.server.on('connection', (socket) => sockets.push(socket));
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.app.server.address() as AddressInfo);
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

interface Sent {
  url: string;
  headers?: Record<string, string>;
  body: string;
  /** In pieces without a length. */
  chunked?: boolean;
  agent?: Agent;
}

/** Sends a body by a real connection. The server may answer, and stop reading, before all of it was sent. */
function post({ url, headers = {}, body, chunked, agent }: Sent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options: RequestOptions = { port, path: url, method: 'POST', headers: { ...headers, ...length } };
    const request = httpRequest({ ...options, ...(agent ? { agent } : {}) }, (answer: IncomingMessage) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    if (chunked) request.write(body.slice(0, 10));
    request.end(chunked ? body.slice(10) : body);
  });
}

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
/** JSON of about so many bytes, which no schema accepts. */
const jsonOf = (bytes: number) => JSON.stringify({ nonsense: 'x'.repeat(bytes) });

describe.each([false, true])('a body, chunked: %j', (chunked) => {
  it('of a caller that isn’t authenticated has at most 64 kB where it needs no session', async () => {
    const small = jsonOf(ANONYMOUS_BODY_MAX_BYTES - 100);
    const large = jsonOf(ANONYMOUS_BODY_MAX_BYTES);
    const url = '/trpc/accounts.signIn';
    expect((await post({ url, headers: json, body: small, chunked })).status).toBe(422);
    const refused = await post({ url, headers: json, body: large, chunked });
    expect([refused.status, refused.text]).toEqual([
      413,
      expect.stringContaining('payload_too_large') as string,
    ]);
    const page = { url: '/sign-in', headers: form, chunked };
    expect((await post({ ...page, body: 'x'.repeat(ANONYMOUS_BODY_MAX_BYTES) })).status).toBe(200);
    expect((await post({ ...page, body: 'x'.repeat(ANONYMOUS_BODY_MAX_BYTES + 1) })).status).toBe(413);
  });

  it('is not read where the caller has to be authenticated: 401, however large it is', async () => {
    for (const url of ['/trpc/prompts.create', '/api/v1/projects', `/api/v1/prompt_sets/${setId}/prompts`]) {
      const { status } = await post({ url, headers: json, body: jsonOf(PROMPT_BODY_MAX_BYTES), chunked });
      expect([url, status]).toEqual([url, 401]);
    }
  });

  it('of an API key or a session has at most 1 MiB, and 8 MiB where it holds prompts', async () => {
    for (const [url, max] of [
      ['/api/v1/projects', BODY_MAX_BYTES],
      ['/trpc/projects.create', BODY_MAX_BYTES],
      ['/trpc/accounts.signIn', BODY_MAX_BYTES],
      [`/api/v1/prompt_sets/${setId}/prompts`, PROMPT_BODY_MAX_BYTES],
      ['/trpc/prompts.create', PROMPT_BODY_MAX_BYTES],
      ['/trpc/prompts.create,prompts.preview?batch=1', PROMPT_BODY_MAX_BYTES],
    ] as const) {
      for (const own of [key, session]) {
        const headers = { ...json, ...own };
        const fits = await post({ url, headers, body: jsonOf(max - 100), chunked });
        expect([url, fits.status]).toEqual([url, 422]);
        const tooLarge = await post({ url, headers, body: jsonOf(max), chunked });
        expect([url, tooLarge.status]).toEqual([url, 413]);
      }
    }
  });
});

it('every procedure that needs no session says so, and no other does', () => {
  const open = Object.entries(appRouter._def.procedures)
    .filter(([, procedure]) => (procedure as unknown as { _def: { meta?: object } })._def.meta)
    .filter(
      ([, procedure]) => 'allowsAnonymous' in (procedure as unknown as { _def: { meta: object } })._def.meta,
    )
    .map(([path]) => path);
  // Typed by hand: what a procedure costs before its caller is known is decided here.
  expect(open).toEqual([
    'accounts.registration',
    'accounts.switches',
    'accounts.register',
    'accounts.signIn',
    'accounts.signOut',
    'accounts.requestPasswordReset',
    'accounts.requestSignInLink',
    'accounts.link',
    'accounts.useLink',
  ]);
});

describe('a connection that has carried streamed requests', () => {
  it('has no more listeners than before, and the idle limit of every other', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = sockets.length;
    const importOnce = () =>
      post({
        url: `/api/v1/prompt_sets/${setId}/import`,
        headers: { ...key, 'content-type': 'text/csv' },
        body: 'name,prompt\nGreeting,Hello\n',
        agent,
      });
    const counts: Record<string, number>[] = [];
    for (let round = 0; round < 12; round++) {
      expect((await importOnce()).status).toBe(200);
      const [socket] = sockets.slice(before);
      counts.push(
        Object.fromEntries(
          socket?.eventNames().map((name) => [String(name), socket.listenerCount(name)]) ?? [],
        ),
      );
    }
    expect(sockets.length - before).toBe(1);
    expect(counts.at(-1)).toEqual(counts[0]);
    expect(sockets.at(-1)?.timeout).toBeGreaterThan(0);
    expect(sockets.at(-1)?.timeout).toBeLessThanOrEqual(75_000);
    agent.destroy();
  });
});

it('a limit is not counted where there is no body', () => {
  const body = {} as never;
  expect(limitBody({ headers: {} } as never, body, 0)).toBe(body);
});

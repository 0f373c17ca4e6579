import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { createTestApiKey } from './support/factories.ts';
import { testApp, type TestApp } from './support/http.ts';
import {
  fingerprint,
  makeLinkTokens,
  makeTarget,
  makeWorld,
  OWNER_EMAIL,
  type World,
} from './matrix/world.ts';
import { collectRoutes, endpointsOf, type Endpoint } from './wrong-requests/endpoints.ts';
import { WRONG_REQUESTS, type Sent, type WrongRequest } from './wrong-requests/table.ts';

// Every wrong request × every route and procedure: the same status, reason and fields everywhere, and never a 500.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let world: World;
let endpoints: Endpoint[];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  let registered: ReturnType<typeof collectRoutes> = [];
  server = await testApp(database, {
    settings: { mailEnabled: true, magicLinksEnabled: true },
    options: {
      // Pages come first, so that they see every route being registered.
      pages: (app) => {
        registered = collectRoutes(app);
        return Promise.resolve({
          handle: async (request) => new Response(await request.text()),
          development: false,
        });
      },
    },
  });
  world = await makeWorld(server, OWNER_EMAIL);
  await makeLinkTokens(server);
  endpoints = endpointsOf(registered, await makeTarget(world));
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

/** Writes are counted for each key, so each gets fewer than its limit. */
const CALLS_PER_KEY = 500;
let calls = 0;
let token = '';

async function credentialsOf(
  sender: WrongRequest['sender'],
  endpoint: Endpoint,
): Promise<Record<string, string>> {
  if (sender === 'anonymous') return {};
  if (sender === 'session' && !endpoint.keysOnly) {
    const session = world.account.sessionToken;
    return { cookie: `anvil_session=${session}`, 'sec-fetch-site': 'same-origin' };
  }
  if (calls++ % CALLS_PER_KEY === 0) ({ token } = await createTestApiKey(world.account));
  return { authorization: `Bearer ${token}` };
}

async function send({ method, url, headers, body }: Sent, own: Record<string, string>) {
  const given = Object.entries({ ...own, ...headers }).filter(
    ([name, value]) => value !== '' || name !== 'sec-fetch-site',
  );
  const answer = await server.app.inject({
    method: method as 'GET',
    url,
    headers: Object.fromEntries(given),
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body };
}

interface Refusal {
  reason?: string;
  details?: { field: string }[];
}

/** The error of REST, of tRPC and of a tRPC batch. */
function refusalOf(text: string): Refusal {
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { error?: Refusal & { data?: Refusal } };
  const { error } = body;
  return error?.reason === undefined ? (error?.data ?? {}) : error;
}

test('there are two hundred wrong requests, and each is sent to an endpoint', () => {
  expect(WRONG_REQUESTS.length).toBeGreaterThanOrEqual(200);
  expect(new Set(WRONG_REQUESTS.map(({ what }) => what)).size).toBe(WRONG_REQUESTS.length);
  const unused = WRONG_REQUESTS.filter((wrong) => !endpoints.some(wrong.appliesTo));
  expect(unused.map(({ what }) => what)).toEqual([]);
});

describe('a wrong request is refused alike by every endpoint', () => {
  test.each(WRONG_REQUESTS.map((wrong) => [wrong.what.slice(0, 100), wrong] as const))(
    '%s',
    async (_, wrong) => {
      const expected: unknown[] = [];
      const seen: unknown[] = [];
      for (const endpoint of endpoints.filter(wrong.appliesTo)) {
        // Delivery knows no sessions, so there is none that another site could misuse.
        if (endpoint.keysOnly && wrong.sender === 'session') continue;
        const { status, headers, text } = await send(
          wrong.send(endpoint),
          await credentialsOf(wrong.sender, endpoint),
        );
        const { reason, details = [] } = refusalOf(text);
        const named = wrong.headers?.(endpoint) ?? {};
        expected.push([endpoint.name, wrong.status, wrong.reason, wrong.fields ?? 'any', named]);
        seen.push([
          endpoint.name,
          status,
          reason,
          wrong.fields ? details.map(({ field }) => field) : 'any',
          Object.fromEntries(Object.keys(named).map((name) => [name, headers[name]])),
        ]);
      }
      expect(seen).toEqual(expected);
    },
  );

  test('and none changes a row', async () => {
    const before = await fingerprint(world.account);
    for (const wrong of WRONG_REQUESTS.filter(({ sender }) => sender === 'session'))
      for (const endpoint of endpoints.filter((one) => one.kind === 'trpc' && wrong.appliesTo(one)))
        await send(wrong.send(endpoint), await credentialsOf(wrong.sender, endpoint));
    expect(await fingerprint(world.account)).toEqual(before);
  });
});

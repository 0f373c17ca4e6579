import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { appRouter } from '#server/trpc/router.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { testApp, type Credentials, type TestApp } from './support/http.ts';
import type { Call, ProcedureEntry, RouteEntry, Target } from './matrix/entries.ts';
import { PROCEDURES } from './matrix/procedures.ts';
import { OTHER_DOORS, ROUTES } from './matrix/routes.ts';
import { isPerson, PEOPLE, RIGHTS, SCOPES, WHO, type Who } from './matrix/who.ts';
import {
  fingerprint,
  makeLinkTokens,
  makeTarget,
  makeWorld,
  missingTarget,
  OWNER_EMAIL,
  type World,
} from './matrix/world.ts';

// Every procedure and every route × everybody, each with a call that is valid: what product.md 5 allows succeeds on a
// fresh thing; what it forbids is refused with the right status and changes no row; and what is hidden is answered
// exactly as what does not exist.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let world: World;
/** What refused and reading calls name. */
let shared: Target;
/** "METHOD path" of everything that the server answers. */
const registered: { method: string; url: string; hidden: boolean }[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database, {
    settings: { mailEnabled: true, magicLinksEnabled: true },
    options: {
      // Pages come first, so that they see every route being registered.
      pages: (app) => {
        app.addHook('onRoute', ({ method, url, schema }) => {
          const hidden = schema !== undefined && 'hide' in schema && schema.hide === true;
          for (const one of [method].flat()) registered.push({ method: one, url, hidden });
        });
        return Promise.resolve({
          handle: () => Promise.resolve(new Response(null, { status: 404 })),
          development: false,
        });
      },
    },
  });
  world = await makeWorld(server, OWNER_EMAIL);
  shared = await makeTarget(world);
  await makeLinkTokens(server);
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

let callers = 0;

/** Each call comes from an address of its own: registering is limited by address. */
async function send({ method, url, body, headers }: Call, credentials: Credentials): Promise<Answer> {
  callers += 1;
  const isJson = body !== undefined && typeof body !== 'string';
  const answer = await server.app.inject({
    method: method,
    url,
    remoteAddress: `10.${callers >> 16}.${(callers >> 8) & 255}.${callers & 255}`,
    headers: {
      ...(credentials && 'token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {}),
      ...(credentials && 'session' in credentials
        ? { cookie: `anvil_session=${credentials.session}`, 'sec-fetch-site': 'same-origin' }
        : {}),
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: isJson ? JSON.stringify(body) : body }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body };
}

/** One row of the matrix, whichever door it is about. */
interface Row {
  entry: ProcedureEntry | RouteEntry;
  keysOnly: boolean;
  /** Leaves something changed behind, so each one who may gets a fresh thing. */
  changes: boolean;
  endsSession: boolean;
  callOf: (target: Target, who: Who) => Call;
  statusOf: (answer: Answer) => number;
}

function procedureRow(name: string, entry: ProcedureEntry): Row {
  const [path = ''] = name.split(' (');
  const { type } = procedureOf(path)._def;
  return {
    ...{ entry, keysOnly: false, changes: type === 'mutation' && path !== 'prompts.preview' && !entry.adds },
    endsSession: path === 'accounts.signOut',
    callOf: (target, who) => {
      const input = entry.input(target, who);
      if (type === 'mutation') return { method: 'POST', url: `/trpc/${path}`, body: input ?? {} };
      const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
      return { method: 'GET', url: `/trpc/${path}${query}` };
    },
    statusOf: ({ status }) => status,
  };
}

function routeRow(name: string, entry: RouteEntry): Row {
  const [method = ''] = name.split(' ');
  return {
    ...{
      entry,
      keysOnly: entry.keysOnly ?? false,
      changes: method !== 'GET' && !entry.keysOnly && !entry.adds,
    },
    endsSession: false,
    callOf: (target) => ({ method, ...entry.call(target) }),
    statusOf: ({ status, text }) =>
      status === 200 && entry.statusOf ? entry.statusOf(JSON.parse(text)) : status,
  };
}

function procedures() {
  return appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
}
function procedureOf(path: string) {
  const procedure = procedures()[path];
  if (!procedure) throw new Error(`There is no procedure ${path}`);
  return procedure;
}

/** @returns the status, 2xx as 200 */
function expectedStatus({ entry, keysOnly }: Row, who: Who): number {
  const { right, elsewhere, except } = entry;
  if (right === 'public') return 200;
  if (right === 'people') return isPerson(who) ? 200 : 401;
  if (who === 'anonymous' || (keysOnly && isPerson(who))) return 401;
  if (who === 'stranger' || who === 'stranger’s key') return 404;
  if (except?.[who] !== undefined) return except[who];
  if (who === 'elsewhere') return elsewhere;
  const { people, keys } = RIGHTS[right];
  if (who === 'all scopes') return 200;
  const allowed = `${people} ${keys}`.split(' ');
  return allowed.includes(who) ? 200 : 403;
}

/** Headers that differ from one request to the next; the length is that of the text, which is compared. */
const OF_THE_REQUEST = new Set([
  ...['date', 'x-request-id', 'content-length'],
  ...['ratelimit-remaining', 'ratelimit-reset'],
]);

/** What stays of an answer when what each request has of its own is cut. */
function comparable({ status, headers, text }: Answer, target: Target): unknown {
  const rest = Object.entries(headers).filter(([name]) => !OF_THE_REQUEST.has(name));
  const cut = text
    .replaceAll(/"request_id":"[^"]*"/g, '"request_id":"…"')
    // An address that was asked for comes back as it was sent.
    .replaceAll(
      `"address":"${target.organisation ? `@${target.organisation}/` : ''}${target.address}`,
      '"address":"…',
    );
  return { status, headers: Object.fromEntries(rest), text: cut };
}

/** A refused call: hidden is the same as missing. */
async function expectRefusal(row: Row, who: Who, target: Target): Promise<number> {
  const credentials = world.credentials[who];
  const answer = await send(row.callOf(target, who), credentials);
  const status = row.statusOf(answer);
  if (status === 404) {
    const isStranger = who === 'stranger' || who === 'stranger’s key';
    const named =
      isStranger && target.organisation !== undefined ? 'no-such-organisation' : target.organisation;
    const missing = missingTarget(named);
    const other = await send(row.callOf(missing, who), credentials);
    expect([who, comparable(answer, target)]).toEqual([who, comparable(other, missing)]);
  }
  return status;
}

async function expectSuccess(row: Row, who: Who): Promise<number> {
  const home = row.entry.once ? await makeWorld(server) : world;
  const target = row.entry.once
    ? missingTarget(home.account.organisationSlug)
    : row.changes && row.entry.right !== 'public'
      ? await makeTarget(home)
      : shared;
  const call = row.callOf(target, who);
  const credentials = row.endsSession ? await home.credentialsAgain(who) : home.credentials[who];
  const answer = await send(call, credentials);
  const status = row.statusOf(answer);
  // A streamed answer says 200 before it knows.
  const lastLine = answer.text.trimEnd().split('\n').at(-1) ?? '';
  if (/ndjson/.test(String(answer.headers['content-type'])))
    expect(JSON.parse(lastLine)).toMatchObject({ type: 'report', created: 1, failed: 0 });
  if (who === 'elsewhere') {
    for (const hidden of [shared.projectId, shared.project, shared.setId, shared.apiKeyId])
      expect(answer.text).not.toContain(hidden);
  }
  return status >= 200 && status < 300 ? 200 : status;
}

async function walk(row: Row): Promise<void> {
  const expected = Object.fromEntries(WHO.map((who) => [who, expectedStatus(row, who)]));
  const found: Record<string, number> = {};
  const before = await fingerprint(world.account);
  for (const who of WHO) if (expected[who] !== 200) found[who] = await expectRefusal(row, who, shared);
  await expectStrangersFindNothing(row);
  expect(await fingerprint(world.account), 'a refused call changed rows').toEqual(before);
  for (const who of WHO) if (expected[who] === 200) found[who] = await expectSuccess(row, who);
  expect(found).toEqual(expected);
}

/** The same without naming the organisation: ids of another one lead nowhere in the stranger's own. */
async function expectStrangersFindNothing(row: Row): Promise<void> {
  const unnamed = { ...shared, organisation: undefined };
  const [call, missing] = [unnamed, missingTarget(undefined)].map((target) =>
    JSON.stringify(row.callOf(target, 'stranger')),
  );
  if (call === missing) return;
  for (const who of ['stranger', 'stranger’s key'] as const) {
    const status = expectedStatus(row, who);
    if (status === 404) expect([who, await expectRefusal(row, who, unnamed)]).toEqual([who, status]);
  }
}

const named = (entries: Record<string, unknown>) => [
  ...new Set(Object.keys(entries).map((name) => name.split(' (')[0])),
];

describe('the matrix is complete', () => {
  test('every procedure has an entry, and every entry is a procedure', () => {
    expect(named(PROCEDURES).sort()).toEqual(Object.keys(procedures()).sort());
  });

  test('every route has an entry, and every entry is a route', async () => {
    const found = new Set<string>();
    for (const { method, url, hidden } of registered) {
      const isHeadOfGet =
        method === 'HEAD' && registered.some((one) => one.url === url && one.method === 'GET');
      if (isHeadOfGet || OTHER_DOORS.includes(url)) continue;
      const probed = hidden ? await send({ method, url: url.replace('*', 'x') }, undefined) : undefined;
      if (probed?.status !== 405) found.add(`${method} ${url}`);
    }
    expect([...found].sort()).toEqual(named(ROUTES).sort());
    for (const url of OTHER_DOORS) expect(registered.map((one) => one.url)).toContain(url);
  });

  test('everybody is asked: each role, each scope by itself', () => {
    expect(WHO).toEqual(expect.arrayContaining([...PEOPLE, ...SCOPES]));
    expect(new Set(WHO).size).toBe(WHO.length);
    expect(WHO).toHaveLength(14);
  });
});

describe('procedures', () => {
  test.each(Object.entries(PROCEDURES))('%s', async (name, entry) => {
    await walk(procedureRow(name, entry));
  });
});

describe('routes', () => {
  test.each(Object.entries(ROUTES))('%s', async (name, entry) => {
    await walk(routeRow(name, entry));
  });
});

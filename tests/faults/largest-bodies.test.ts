import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { BODY_MAX_BYTES } from '#server/http/body-limits.ts';
import { appRouter } from '#server/trpc/router.ts';
import { SCOPES } from '#server/schemas/api-keys.ts';
import { createTestApiKey } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { startLiveProbe, type LiveProbe } from '#tests/support/live-probe.ts';
import { processTime, residentMegabytes } from '#tests/support/process-time.ts';
import { startBuiltServer, type RunningServer } from '#tests/support/running-server.ts';
import { TEXT_CONTENT, type Target } from '../matrix/entries.ts';
import { PROCEDURES } from '../matrix/procedures.ts';
import { ROUTES } from '../matrix/routes.ts';
import { makeTarget, makeWorld, type World } from '../matrix/world.ts';

// Every route and procedure with the largest body that it takes, in a small heap, while /live is asked all the time. The
// process has to survive, no answer may be a 5xx, and twice the body may take at most three times the processor time.
// Waits are printed and not judged: machines are noisy.

/** A run may pay for a thread that starts or for the garbage of another run, so the cheapest of several runs counts. */
const RUNS_MAX = 8;
/**
 * Below it, a body isn't compared: 300 ms were measured as 430 ms beside other processes, and garbage collections cost as
 * much. Work that grows with the square of these bodies takes many seconds.
 */
const NOISE_MS = 1_000;

let server: RunningServer;
let probe: LiveProbe;
let database: Database;
let planting: TestApp;
let world: World;
let target: Target;
/** By method and path. */
const bodyLimits = new Map<string, number>();
const measured: { wait: number; line: string }[] = [];

beforeAll(async () => {
  server = await startBuiltServer({
    NODE_OPTIONS: '--max-old-space-size=256',
    // As the tests' own: the world of the matrix is made by services in this process.
    SECRET_KEY_BASE: 'for tests only '.repeat(5),
    LOG_LEVEL: 'error',
  });
  database = connect({ url: server.databaseUrl });
  planting = await testApp(database, {
    options: {
      // Pages are registered first, so that they see every route.
      pages: (app) => {
        app.addHook('onRoute', ({ method, url, bodyLimit = BODY_MAX_BYTES }) => {
          for (const one of [method].flat()) bodyLimits.set(`${one} ${url}`, bodyLimit);
        });
        return Promise.resolve({
          handle: () => Promise.resolve(new Response(null, { status: 404 })),
          development: false,
        });
      },
    },
  });
  world = await makeWorld(planting);
  target = await makeTarget(world);
  probe = await startLiveProbe(server.url);
});

afterAll(async () => {
  // The most expensive ones.
  console.log(
    measured
      .sort((a, b) => b.wait - a.wait)
      .slice(0, 30)
      .map(({ line }) => line)
      .join('\n'),
  );
  probe.stop();
  await planting.close();
  await database.close();
  await server.stop();
});

/** Values of about `bytes` as JSON, each of which costs another part of the server. */
const HOSTILE: Record<string, (bytes: number) => string> = {
  'nested lists': (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2),
  'nested objects': (bytes) => `${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}`,
  'a list of objects': (bytes) => `[${'{},'.repeat(bytes / 3 - 1)}{}]`,
  'a list of messages': (bytes) => `[${'{"role":"user","content":"{{a}}"},'.repeat(bytes / 35)}{}]`,
  'many keys': (bytes) => `{${Array.from({ length: bytes / 14 }, (_, n) => `"k${n}":{}`).join(',')}}`,
  'one long text': (bytes) => `"${'é'.repeat(bytes / 2)}"`,
  'one long number': (bytes) => '1'.repeat(bytes),
};

interface Request {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

async function send({ method, url, headers, body }: Request): Promise<number> {
  const response = await fetch(server.url + url, { method, headers, body });
  await response.arrayBuffer();
  return response.status;
}

/**
 * Sends the body in full size. If that is expensive, sends two bodies of half the size too, which cost at least two thirds
 * of it. Two, because they allocate as much, and the garbage collector's work depends on that.
 */
async function compare(name: string, make: (share: number) => Request): Promise<void> {
  await probe.longestWait();
  const cost = async (requests: readonly Request[]) => {
    const before = await processTime(server.pid);
    let status = 0;
    for (const request of requests) status = await send(request);
    return { status, ms: (await processTime(server.pid)) - before };
  };
  const whole = await cost([make(1)]);
  const wait = await probe.longestWait();
  measured.push({ wait, line: `${name}: ${whole.status}, ${whole.ms} ms, /live waited ${wait} ms` });
  expect(whole.status, `${name}\n${server.log()}`).toBeLessThan(500);
  let wholeMs = whole.ms;
  let halvesMs = Infinity;
  for (let run = 1; run <= RUNS_MAX; run++) {
    if (wholeMs < NOISE_MS) return;
    halvesMs = Math.min(halvesMs, (await cost([make(0.5), make(0.5)])).ms);
    if (wholeMs <= 1.5 * halvesMs) return;
    wholeMs = Math.min(wholeMs, (await cost([make(1)])).ms);
  }
  expect.fail(`${name} costs ${wholeMs} ms, and two halves of it ${halvesMs} ms`);
}

/** The valid body, with one of its fields made hostile after the other, and a whole body that is hostile. */
function bodiesOf(valid: Record<string, unknown>, hostile: string): string[] {
  const bodies = [hostile];
  const replace = (object: Record<string, unknown>, path: string[]) => {
    for (const key of Object.keys(object)) {
      const value = object[key];
      const marked = structuredClone(valid);
      let owner = marked;
      for (const step of path) owner = owner[step] as Record<string, unknown>;
      owner[key] = '@hostile@';
      bodies.push(JSON.stringify(marked).replace('"@hostile@"', () => hostile));
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        replace(value as Record<string, unknown>, [...path, key]);
      }
    }
  };
  replace(valid, []);
  return bodies;
}

interface Attack {
  name: string;
  /** As it was registered: `POST /api/v1/projects`. */
  route: string;
  url: string;
  /** A body that is valid. */
  valid: object;
  headers?: Record<string, string>;
}

async function attack({ name, route, url, valid, headers = {} }: Attack): Promise<void> {
  // Each with its own key, or the limit on writes would refuse most of them.
  const { token } = await createTestApiKey(world.account, { scopes: [...SCOPES] });
  const limit = bodyLimits.get(route);
  if (limit === undefined) throw new Error(`There is no route ${route}`);
  const [method = ''] = route.split(' ');
  const all = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers };
  // A larger body may be refused by what it holds, so the usual limit is tried too.
  for (const bytes of new Set([limit, Math.min(limit, BODY_MAX_BYTES)])) {
    for (const [what, make] of Object.entries(HOSTILE)) {
      const count = bodiesOf(valid as Record<string, unknown>, '1').length;
      for (let nth = 0; nth < count; nth++) {
        await compare(`${name}: ${bytes} bytes of ${what} (${nth})`, (share) => {
          const hostile = make(Math.floor(bytes * share) - 2_000);
          const body = bodiesOf(valid as Record<string, unknown>, hostile)[nth] ?? '';
          return { method, url, headers: all, body };
        });
      }
    }
  }
}

const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const mutations = Object.keys(procedures).filter((path) => procedures[path]?._def.type === 'mutation');
const writes = Object.keys(ROUTES).filter((name) => !/^GET /.test(name) && !name.includes('/import'));

describe('the largest body', () => {
  it.each(writes)('of %s costs in proportion to its size', async (name) => {
    const { url, body = {}, headers } = ROUTES[name]?.call(target) ?? { url: '' };
    const [route = ''] = name.split(' (');
    await attack({ name, route, url, valid: body as object, ...(headers ? { headers } : {}) });
  });

  it.each(mutations)('of the procedure %s costs in proportion to its size', async (path) => {
    const entry = Object.entries(PROCEDURES).find(([name]) => name.split(' (')[0] === path)?.[1];
    const input = entry?.input(target, 'all scopes') ?? {};
    await attack({ name: path, route: 'POST /trpc/:path', url: `/trpc/${path}`, valid: input });
  });

  it('of a save that is valid costs in proportion to its size', async () => {
    const { token } = await createTestApiKey(world.account, { scopes: [...SCOPES] });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const url = `/api/v1/prompt_sets/${target.setId}/prompts`;
    const save = (content: object) => ({
      method: 'POST',
      url,
      headers,
      body: JSON.stringify({ name: 'Large', content }),
    });
    await compare('saving 250,000 characters', (share) =>
      save({ ...TEXT_CONTENT, template: 'Be brief. '.repeat(25_000 * share) }),
    );
    await compare('saving a cycle of 80,000 values', (share) =>
      save({ ...TEXT_CONTENT, template: `{% cycle ${'1, '.repeat(80_000 * share)}1 %}` }),
    );
    await compare('saving 200 messages of 25 outputs', (share) =>
      save({
        ...{ kind: 'chat', parameters: TEXT_CONTENT.parameters },
        messages: Array.from({ length: 200 * share }, () => ({
          role: 'user',
          content: '{{ name }}'.repeat(25),
        })),
      }),
    );
  });

  it('leaves the process alive, with its memory bounded', async () => {
    expect((await fetch(`${server.url}/live`)).status).toBe(200);
    const megabytes = await residentMegabytes(server.pid);
    console.log(`resident memory afterwards: ${megabytes} MB`);
    expect(megabytes).toBeLessThan(512);
  });
});

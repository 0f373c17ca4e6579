import type { RequestHandler } from '@remix-run/node';
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount, TEST_PASSWORD } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let clientFolder: string;
/** What the pages do in the test that runs. */
let page: RequestHandler;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  clientFolder = await mkdtemp(join(tmpdir(), 'anvil-client-'));
  await mkdir(join(clientFolder, 'assets'));
  await writeFile(join(clientFolder, 'assets/app-abc.js'), 'export const a = 1;\n'.repeat(200));
  await writeFile(join(clientFolder, 'robots.txt'), 'User-agent: *\n');
  server = await testApp(database, {
    options: {
      pages: () =>
        Promise.resolve({
          handle: (request, context) => page(request, context),
          clientFolder,
          development: false,
        }),
    },
  });
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
  await rm(clientFolder, { recursive: true });
});

describe('a page', () => {
  it('keeps the security headers beside its own, and its scripts run by a nonce that is new each time', async () => {
    page = (_request, context) =>
      Promise.resolve(new Response(context?.cspNonce, { status: 418, headers: { 'x-own': '1' } }));
    const [first, second] = [
      await server.as(undefined).get('/'),
      await server.as(undefined).get('/any/where'),
    ];
    expect([first.status, first.headers['x-own'], first.headers['x-content-type-options']]).toEqual([
      418,
      '1',
      'nosniff',
    ]);
    const policy = String(first.headers['content-security-policy']);
    expect(policy).toContain(`script-src 'self' 'nonce-${first.text}'`);
    expect(/script-src[^;]*/.exec(policy)?.[0]).not.toContain('unsafe');
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(first.text).not.toBe(second.text);
  });

  it('of a mailed link sends no referrer, on plain http none with a path; other pages send theirs to this site', async () => {
    page = () => Promise.resolve(new Response('ok'));
    const secure = await testApp(database, {
      settings: { baseUrl: 'https://anvil.acme.com' },
      options: { pages: () => Promise.resolve({ handle: page, development: false }) },
    });
    try {
      const policyOf = async (app: TestApp, url: string) =>
        (await app.as(undefined).get(url, { headers: { host: 'localhost' } })).headers['referrer-policy'];
      for (const url of ['/link?token=x', '/link.data?token=x', '/link']) {
        expect(await policyOf(secure, url)).toBe('no-referrer');
        expect(await policyOf(server, url)).toBe('origin');
      }
      for (const app of [server, secure]) expect(await policyOf(app, '/links')).toBe('same-origin');
    } finally {
      await secure.close();
    }
  });

  it('has one address, to which a path with slashes at its end leads, on this server only', async () => {
    page = () => Promise.resolve(new Response('ok'));
    const visitor = server.as(undefined);
    for (const [from, to] of [
      ['/o/acme/', '/o/acme'],
      ['/o/acme///?archived=&after=a%2Fb/', '/o/acme?archived=&after=a%2Fb/'],
    ] as const) {
      const answer = await visitor.get(from);
      expect([answer.status, answer.headers.location]).toEqual([308, to]);
    }
    for (const path of ['/', '/?a=/', '/o/acme?to=/', '//example.com/', '//', '/\\example.com/'])
      expect((await visitor.get(path)).headers.location, path).toBeUndefined();
  });

  it('is not asked for its data in Remix’s former way, which Remix would report as an error each time', async () => {
    let asked = '';
    page = (request) => {
      asked = request.url;
      return Promise.resolve(new Response('ok'));
    };
    await server.as(undefined).get('/sign-in?_data=routes%2Fsign-in&next=%2Fo');
    expect(asked).toMatch(/\/sign-in\?next=%2Fo$/);
  });

  it('logs from where a sign-in failed and a limit was hit, as a call does, and nothing that was typed', async () => {
    const input = { email: 'mara@acme.com', password: 'not her sentence at all' };
    page = async (_request, context) => {
      await context?.trpc.accounts.signIn(input).catch(() => undefined);
      return new Response(null, { status: 401 });
    };
    const start = server.logged.length;
    const answers = [await server.as(undefined).post('/sign-in', 'form')];
    for (let n = 0; n < 5; n++) answers.push(await server.as(undefined).post('/trpc/accounts.signIn', input));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);

    const lines = server.logged.slice(start);
    expect(lines.filter(({ msg }) => msg === 'refused')).toEqual(
      answers.map(({ status, headers }) => ({
        level: 'info',
        time: expect.any(String) as string,
        reqId: headers['x-request-id'],
        ip: '127.0.0.1',
        reason: status === 429 ? 'too_many_requests' : 'sign_in_failed',
        msg: 'refused',
      })),
    );
    expect(JSON.stringify(lines)).not.toMatch(/mara@|not her sentence/);
  });

  it('signs in by calling the procedure: the cookie is added to the redirect that the action answers with', async () => {
    const account = await registerTestAccount(database, { passwordHasher: server.context.passwordHasher });
    page = async (request, context) => {
      const form = await request.formData();
      await context?.trpc.accounts.signIn({ email: form.get('email') as string, password: TEST_PASSWORD });
      return new Response(null, {
        status: 303,
        headers: [
          ['location', '/'],
          ['set-cookie', 'own=1'],
        ],
      });
    };
    const answer = await server.as(undefined).request('POST', '/sign-in', {
      body: `email=${encodeURIComponent(account.email)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    });
    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    const [session, browser, own] = answer.headers['set-cookie'] as string[];
    expect(session).toMatch(/^anvil_session=[\w-]{43};/);
    expect(browser).toMatch(/^anvil_browser_/);
    expect(own).toBe('own=1');
  });

  it('knows who is signed in, and nobody by a cookie that is none', async () => {
    page = (_request, context) => Promise.resolve(Response.json(context?.user ?? null));
    const account = await registerTestAccount(database, { clock: server.context.clock });
    expect((await server.as({ session: account.sessionToken }).get('/')).body).toMatchObject({
      email: account.email,
    });
    expect((await server.as({ session: 'nonsense' }).get('/')).body).toBeNull();
  });

  it('a body that is told to be too large is refused before it is read, as a page for people', async () => {
    page = () => Promise.reject(new Error('This is not reached'));
    const { sessionToken } = await registerTestAccount(database, { clock: server.context.clock });
    const answer = await server.as({ session: sessionToken }).request('POST', '/prompts', {
      body: 'x'.repeat(8_400_000),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([413, 'text/html; charset=utf-8']);
    expect(answer.text).toContain('larger than this route accepts');
  });

  it('says when to try again wherever it is 429 or 503: as the limit does, or in a moment', async () => {
    const input = { email: 'ada@acme.com', password: 'not her sentence at all' };
    page = async (_request, context) => {
      const thrown: unknown = await context?.trpc.accounts.signIn(input).catch((error: unknown) => error);
      const { status, retryAfterSeconds } = thrown as { status: number; retryAfterSeconds?: number };
      return Response.json({ retryAfterSeconds }, { status });
    };
    const sendForm = () =>
      server
        .as(undefined)
        .request('POST', '/sign-in', { body: 'form', headers: { origin: 'http://localhost:80' } });
    for (let n = 0; n < 5; n++) expect((await sendForm()).headers['retry-after']).toBeUndefined();
    const limited = await sendForm();
    expect([limited.status, limited.headers['retry-after']]).toEqual([
      429,
      String(limited.body.retryAfterSeconds),
    ]);
    expect(limited.body.retryAfterSeconds).toBeGreaterThan(0);

    page = () => Promise.resolve(new Response('away', { status: 503 }));
    expect((await server.as(undefined).get('/sign-in')).headers['retry-after']).toBe('5');
    page = () => Promise.resolve(new Response('away', { status: 503, headers: { 'retry-after': '9' } }));
    expect((await server.as(undefined).get('/sign-in')).headers['retry-after']).toBe('9');
  });

  it('counts a caller by its IP, whichever port a proxy appends', async () => {
    const proxied = await testApp(database, {
      options: {
        clientAddress: { trustedProxies: ['127.0.0.1'], clientIpHeader: undefined },
        pages: () =>
          Promise.resolve({ handle: (request, context) => page(request, context), development: false }),
      },
    });
    try {
      page = async (_request, context) => {
        const thrown: unknown = await context?.trpc.accounts
          .signIn({ email: 'eve@acme.com', password: 'not her sentence at all' })
          .catch((error: unknown) => error);
        return new Response(null, { status: (thrown as { status: number }).status });
      };
      const statuses: number[] = [];
      for (let n = 0; n < 6; n++) {
        const headers = { 'x-forwarded-for': `192.0.2.7:${4_000 + n}` };
        statuses.push(
          (await proxied.as(undefined).request('POST', '/sign-in', { body: 'form', headers })).status,
        );
      }
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    } finally {
      await proxied.close();
    }
  });

  it('gets a form of a foreign Origin refused with 403, and leaves nothing for Remix to judge', async () => {
    let seen: Headers | undefined;
    page = (request) => {
      seen = request.headers;
      return Promise.resolve(new Response('ok'));
    };
    const statusOf = async (headers: Record<string, string>, url = '/sign-in') =>
      (await server.as(undefined).request('POST', url, { body: 'form', headers })).status;
    const sites: Record<string, string>[] = [{}, { 'sec-fetch-site': 'same-origin' }];
    for (const site of sites)
      for (const origin of ['http://evil.example', 'null', 'x'])
        expect([origin, await statusOf({ origin, ...site })]).toEqual([origin, 403]);
    const others: Record<string, string>[] = [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
    ];
    for (const site of others) expect(await statusOf({ origin: 'null', ...site }, '/link?token=x')).toBe(403);
    // An API key doesn't exempt a request for a page: only people open pages.
    expect(await statusOf({ origin: 'http://evil.example', authorization: 'Bearer ank_x' })).toBe(403);
    expect(seen).toBeUndefined();

    // The form of the page that sends no referrer. No other origin can claim to be the same one.
    expect(await statusOf({ origin: 'null', 'sec-fetch-site': 'same-origin' }, '/link?token=x')).toBe(200);

    // A proxy has replaced the host, and the browser says that it is ours.
    const behindProxy = {
      origin: 'http://localhost:4000',
      'sec-fetch-site': 'same-origin',
      'x-forwarded-host': 'x',
    };
    expect(await statusOf(behindProxy)).toBe(200);
    expect([seen?.get('origin'), seen?.get('x-forwarded-host')]).toEqual([null, null]);
  });

  it('is told when its reader has gone away', async () => {
    const port = await server.app
      .listen({ host: '127.0.0.1', port: 0 })
      .then(() => (server.app.server.address() as AddressInfo).port);
    const reader = new AbortController();
    const aborted = new Promise<void>((resolve) => {
      page = (request) => {
        request.signal.addEventListener('abort', () => resolve());
        reader.abort();
        return new Promise(() => undefined);
      };
    });
    await expect(fetch(`http://127.0.0.1:${port}/slow`, { signal: reader.signal })).rejects.toThrow();
    await aborted;
  });
});

describe('a server that closes', () => {
  it('answers what still arrives on an open connection, instead of a 503 of another shape', async () => {
    let reached: () => void = () => undefined;
    let release: () => void = () => undefined;
    const inPage = new Promise<void>((resolve) => (reached = resolve));
    const closing = await testApp(database, {
      options: {
        pages: () =>
          Promise.resolve({
            handle: async () => {
              reached();
              await new Promise<void>((resolve) => (release = resolve));
              return new Response('slow');
            },
            development: false,
          }),
      },
    });
    await closing.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = closing.app.server.address() as AddressInfo;
    const socket = connectSocket(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await inPage;
    const closed = closing.close();
    socket.write('GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    release();
    await Promise.all([closed, ended]);
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(text).toContain('{"status":"ok"}');
  });
});

describe('a file for browsers', () => {
  it('with its hash in the name is kept for ever, any other asked for again', async () => {
    const asset = await server.as(undefined).get('/assets/app-abc.js');
    expect([asset.status, asset.headers['cache-control']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
    const file = await server.as(undefined).get('/robots.txt');
    expect(file.headers['cache-control']).toBe('public, no-cache');
  });

  it('is sent compressed', async () => {
    const asset = await server
      .as(undefined)
      .get('/assets/app-abc.js', { headers: { 'accept-encoding': 'br' } });
    expect(asset.headers['content-encoding']).toBe('br');
  });

  it('outside of the folder is not reached', async () => {
    page = () => Promise.resolve(new Response('page', { status: 404 }));
    for (const url of [
      '/assets/../../package.json',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/%2e%2e/package.json',
    ]) {
      expect((await server.as(undefined).get(url)).text).toBe('page');
    }
  });
});

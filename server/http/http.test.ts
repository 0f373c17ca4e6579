import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount, TEST_PASSWORD } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

afterEach(() => {
  server.lifecycle.phase = 'ready';
});

describe('health', () => {
  it('/live asks nothing', async () => {
    server.lifecycle.phase = 'draining';
    expect((await server.as(undefined).get('/live')).status).toBe(200);
  });

  it.each(['starting', 'draining'] as const)('/ready is 503 with Retry-After while %s', async (phase) => {
    server.lifecycle.phase = phase;
    const answer = await server.as(undefined).get('/ready');
    expect([answer.status, answer.body.status, answer.headers['retry-after']]).toEqual([503, phase, '5']);
  });

  it('/ready is 200 when ready, and /health names the part that does not work', async () => {
    expect((await server.as(undefined).get('/ready')).body).toEqual({ status: 'ready', degraded: false });
    const unheard = await server.as(undefined).get('/health');
    expect([unheard.status, unheard.body]).toEqual([
      503,
      {
        status: 'error',
        app: 'ok',
        database: 'ok',
        cache: 'error',
        mail: 'off',
        version: '0.0.0-test',
        commit: 'c0ffee',
      },
    ]);
  });

  it('/health?only=database asks for that alone', async () => {
    const answer = await server.as(undefined).get('/health?only=database');
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 'ok', database: 'ok', version: '0.0.0-test', commit: 'c0ffee' },
    ]);
    expect((await server.as(undefined).get('/health?only=toString')).status).toBe(404);
  });

  it('with the database away /ready is 200 and degraded, /health 503', async () => {
    const away = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
    const lost = await testApp(away);
    try {
      const ready = await lost.as(undefined).get('/ready');
      expect([ready.status, ready.body]).toEqual([200, { status: 'ready', degraded: true }]);
      const health = await lost.as(undefined).get('/health?only=database');
      expect([health.status, health.headers['retry-after'], health.body]).toEqual([
        503,
        '5',
        {
          status: 'error',
          database: 'error',
          database_problem: 'The database can’t be reached right now. Try again in a moment.',
          version: '0.0.0-test',
          commit: 'c0ffee',
        },
      ]);
      expect((await lost.as(undefined).get('/live')).status).toBe(200);
    } finally {
      await lost.close();
      await away.close();
    }
  });

  it('/health?only=database is 200 while all connections of both pools are in use', async () => {
    const full = connect({ url: testDatabase.url, poolSize: 1, deliveryPoolSize: 1 });
    const busy = await testApp(full);
    const held = await full.delivery.connect();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const holding = acrossOrganisations(full, 'tests: hold', () => released);
    try {
      expect((await busy.as(undefined).get('/health?only=database')).status).toBe(200);
    } finally {
      release();
      await holding;
      held.release();
      await busy.close();
      await full.close();
    }
  });

  it('/health names a full disk, until something is saved again', async () => {
    const health = () => server.as(undefined).get('/health?only=database');
    const fail = `do $$ begin raise exception using errcode = '53100'; end $$`;
    const write = (sql: string) =>
      acrossOrganisations(database, 'tests: write', async () => {
        await currentTransaction().raw(sql);
      });
    await expect(write(fail)).rejects.toMatchObject({ code: '53100' });
    const full = await health();
    expect([full.status, full.body.database_problem]).toEqual([
      503,
      'The disk of the database is full, so nothing can be saved. Free some space, then try again.',
    ]);
    await write('update users set name = name');
    expect((await health()).status).toBe(200);
  });

  it('/health names a mail transport that is broken, and its status stays the same', async () => {
    let problem: string | undefined = 'The mail server refuses the configuration.';
    const mailing = await testApp(database, { options: { mailProblem: () => problem } });
    try {
      const health = (query = '') => mailing.as(undefined).get(`/health${query}`);
      const broken = await health();
      const { mail, mail_problem } = broken.body as Record<string, string>;
      expect([mail, mail_problem]).toEqual(['error', problem]);
      expect((await health('?only=mail')).body).toMatchObject({ status: 'ok', mail: 'error' });
      expect((await health('?only=database')).body).not.toHaveProperty('mail');
      problem = undefined;
      const working = await health();
      expect(working.body).toMatchObject({ mail: 'ok' });
      expect([broken.status, broken.body.status]).toEqual([working.status, working.body.status]);
    } finally {
      await mailing.close();
    }
    expect((await server.as(undefined).get('/health')).body).toMatchObject({ mail: 'off' });
  });

  it('while draining every answer asks to close the connection', async () => {
    server.lifecycle.phase = 'draining';
    expect((await server.as(undefined).get('/live')).headers.connection).toBe('close');
  });
});

describe('every answer', () => {
  it('carries the security headers, errors too; without https nothing that would lock people out', async () => {
    for (const url of ['/live', '/api/v1/projects', '/nothing', '/trpc/none']) {
      const { headers } = await server.as(undefined).get(url);
      expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('same-origin');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['strict-transport-security']).toBeUndefined();
    }
  });

  it('on https says so for a year', async () => {
    const secure = await testApp(database, { settings: { baseUrl: 'https://anvil.acme.com' } });
    try {
      const { headers } = await secure.as(undefined).get('/live');
      expect(headers['strict-transport-security']).toBe('max-age=31536000');
    } finally {
      await secure.close();
    }
  });

  it('carries the request id of the proxy in front, or one of its own when that is odd', async () => {
    const idOf = async (given: string) =>
      (await server.as(undefined).get('/live', { headers: { 'x-request-id': given } })).headers[
        'x-request-id'
      ];
    expect(await idOf('abc-123_DEF.4')).toBe('abc-123_DEF.4');
    for (const odd of ['short', 'a'.repeat(101), 'with space1', '<script>1234']) {
      expect(await idOf(odd)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('is logged with its path alone, no query, no headers', async () => {
    await server.as({ token: 'ank_secret' }).get('/api/v1/projects?cursor=private');
    const text = JSON.stringify(server.logged);
    expect(text).toContain('"path":"/api/v1/projects"');
    expect(text).not.toMatch(/private|ank_secret/);
  });
});

describe('a request that another site may have caused', () => {
  const url = '/api/v1/projects';
  const host = 'anvil.acme.com';
  let server: TestApp;

  beforeAll(async () => {
    server = await testApp(database, { options: { servesHost: (hostname) => hostname === host } });
  });
  afterAll(() => server.close());

  async function reasonOf(headers: Record<string, string>, method = 'POST') {
    const answer = await server
      .as(undefined)
      .request(method, url, { body: { name: 'x' }, headers: { host, ...headers } });
    return answer.body.error.reason as string;
  }

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site', origin: `https://${host}` }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'null', 'sec-fetch-site': 'none' }],
    [{ origin: 'null', 'sec-fetch-site': 'same-origin' }],
    [{ origin: 'null', 'sec-fetch-site': 'cross-site' }],
    [{ origin: `https://${host}:8443` }],
    [{ cookie: 'anvil_session=x' }],
  ])('%j is refused', async (headers) => {
    expect(await reasonOf(headers)).toBe('cross_origin');
  });

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ origin: `https://${host}` }],
    [{ origin: `http://${host.toUpperCase()}` }],
    [{ origin: `https://${host}`, host: `${host}:443` }],
    [{ origin: `https://${host}:443` }],
    [{}],
  ])('%j passes on to the question who asks', async (headers) => {
    expect(await reasonOf(headers)).toBe('unauthenticated');
  });

  it('a bearer token is exempt, and the cookie beside it does not count', async () => {
    const account = await registerTestAccount(database);
    const answer = await server.as({ token: 'wrong' }).post(
      url,
      { name: 'x' },
      {
        headers: { host, 'sec-fetch-site': 'cross-site', cookie: `anvil_session=${account.sessionToken}` },
      },
    );
    expect([answer.status, answer.body.error.reason]).toEqual([401, 'api_key.invalid']);
  });

  it('another scheme of Authorization is no way around', async () => {
    expect(await reasonOf({ authorization: 'Basic eDp4', 'sec-fetch-site': 'cross-site' })).toBe(
      'cross_origin',
    );
  });

  it('reading is free', async () => {
    const answer = await server.as(undefined).get(url, { headers: { host, 'sec-fetch-site': 'cross-site' } });
    expect(answer.body.error.reason).toBe('unauthenticated');
  });
});

describe('a connection that is slow', () => {
  const opened: Socket[] = [];

  /** Sends the beginning of a request, then nothing; counts those that the server has closed. */
  async function openSlow(port: number, count: number, beginning: string): Promise<() => Promise<number>> {
    let closed = 0;
    let allClosed: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (allClosed = resolve));
    for (let index = 0; index < count; index++) {
      const socket = connectSocket(port, '127.0.0.1', () => socket.write(beginning));
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
      socket.on('close', () => {
        closed += 1;
        if (closed === count) allClosed();
      });
      opened.push(socket);
    }
    return async () => {
      await end;
      return closed;
    };
  }

  afterAll(() => opened.forEach((socket) => socket.destroy()));

  it('is closed: 300 that never end their headers, 20 that say nothing, 20 that never end their body', async () => {
    const slow = await testApp(database);
    try {
      await slow.app.listen({ host: '127.0.0.1', port: 0 });
      const { port } = slow.app.server.address() as AddressInfo;
      const head = 'POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\n';
      const waits = await Promise.all([
        openSlow(port, 300, head),
        openSlow(port, 20, ''),
        openSlow(port, 20, `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`),
      ]);
      expect(await Promise.all(waits.map((wait) => wait()))).toEqual([300, 20, 20]);
    } finally {
      await slow.close();
    }
  });
});

describe('tRPC over HTTP', () => {
  it('signs in by a cookie that scripts can’t read, and the token stands nowhere in the answer', async () => {
    const account = await registerTestAccount(server.context.database, {
      passwordHasher: server.context.passwordHasher,
    });
    const answer = await server
      .as(undefined)
      .post('/trpc/accounts.signIn', { email: account.email, password: TEST_PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.body.result.data).toEqual({ organisation: account.organisationSlug });
    const cookie = String((answer.headers['set-cookie'] as unknown as string[])[0]);
    expect(cookie).toMatch(/^anvil_session=[A-Za-z0-9_-]{43}; HttpOnly; Path=\/; SameSite=Lax$/i);
    const session = /=([^;]+)/.exec(cookie)?.[1] ?? '';
    expect(answer.text).not.toContain(session);

    const me = await server.as({ session }).get('/trpc/accounts.me');
    expect(me.body.result.data.email).toBe(account.email);
    const end = await server.as({ session }).post('/trpc/accounts.signOut', {});
    expect(String(end.headers['set-cookie'])).toMatch(/^anvil_session=; .*Max-Age=0/i);
    expect((await server.as({ session }).get('/trpc/accounts.me')).status).toBe(401);
  });

  it('takes 20 calls in a batch and no more', async () => {
    const key = await createTestApiKey(await registerTestAccount(database));
    const batch = (size: number) =>
      server
        .as(key)
        .get(
          `/trpc/${Array.from({ length: size }, () => 'projects.list').join(',')}?batch=1&input=${encodeURIComponent(
            JSON.stringify(Object.fromEntries(Array.from({ length: size }, (_, index) => [index, {}]))),
          )}`,
        );
    const twenty = await batch(20);
    expect([twenty.status, twenty.body.length]).toEqual([200, 20]);
    const more = await batch(21);
    expect([more.status, more.body.error.data.reason]).toEqual([400, 'bad_request']);
  });

  it('counts each write of a batch against the limit', async () => {
    const key = await createTestApiKey(await registerTestAccount(database));
    for (let write = 0; write < 599; write++) await server.context.limits.consume('apiWritePerKey', key.id);
    const answer = await server
      .as(key)
      .post('/trpc/projects.create,projects.create?batch=1', { 0: { name: 'One' }, 1: { name: 'Two' } });
    const calls = answer.body as { error?: { data: { httpStatus: number } } }[];
    const refused = calls.flatMap(({ error }) => error?.data.httpStatus ?? []);
    expect([answer.status, calls.length, refused]).toEqual([207, 2, [429]]);
  });

  it('a token in the query is nobody’s', async () => {
    const key = await createTestApiKey(await registerTestAccount(database));
    const answer = await server
      .as(undefined)
      .get(`/trpc/projects.list?input=%7B%7D&authorization=Bearer%20${key.token}`);
    expect(answer.status).toBe(401);
  });
});

describe('an error is the same at every door', () => {
  it.each([
    ['422', { name: '' }, { name: '' }],
    ['404', { organisation: 'nobody-here', name: 'x' }, { organisation: 'nobody-here', name: 'x' }],
    ['403', { name: 'x' }, { name: 'x' }],
  ])('%s by REST, tRPC and in-process', async (status, restInput, trpcInput) => {
    const account = await registerTestAccount(database);
    const key = await createTestApiKey(account, { scopes: ['read:prompts'] });
    const { organisation, ...body } = restInput as { organisation?: string };
    const query = organisation ? `?organisation=${organisation}` : '';
    const rest = await server.as(key).post(`/api/v1/projects${query}`, body);
    const trpc = await server.as(key).post('/trpc/projects.create', trpcInput);
    const { createCaller } = await import('../trpc/router.ts');
    const cookies = { start: () => undefined, end: () => undefined };
    const thrown: unknown = await createCaller({ ...server.context, actor: key.actor, cookies })
      .projects.create(trpcInput)
      .catch((error: unknown) => error);

    expect(rest.status).toBe(Number(status));
    const { type, reason, message, details } = rest.body.error;
    expect(trpc.status).toBe(rest.status);
    expect(trpc.body.error).toMatchObject({
      message,
      data: { type, reason, details, httpStatus: rest.status },
    });
    expect(thrown).toMatchObject({ name: 'AppError', status: rest.status, reason, message, details });
  });

  it('GONE and LOCKED, which tRPC does not have, keep their status and reason', async () => {
    const { trpcErrorOf, appErrorOf } = await import('../trpc/errors.ts');
    const { AppError } = await import('../errors.ts');
    const gone = new AppError('GONE', 'Withdrawn.', { reason: 'withdrawn' });
    const locked = new AppError('LOCKED', 'Locked.', { reason: 'set_locked' });
    expect([trpcErrorOf(gone).code, appErrorOf(trpcErrorOf(gone)).status]).toEqual(['NOT_FOUND', 410]);
    expect([trpcErrorOf(locked).code, appErrorOf(trpcErrorOf(locked)).status]).toEqual(['CONFLICT', 423]);
  });
});

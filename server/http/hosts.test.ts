import { connect as connectSocket, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { servedHosts } from '../config.ts';
import { hostnameOf } from './hosts.ts';

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let port: number;
let token: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database, {
    settings: { baseUrl: 'https://anvil.acme.com' },
    options: {
      servesHost: servedHosts({
        baseUrl: 'https://anvil.acme.com',
        host: '127.0.0.1',
        allowedHosts: ['anvil.lan'],
      }),
      clientAddress: { trustedProxies: ['10.0.0.1'], clientIpHeader: undefined },
      pages: () =>
        Promise.resolve({
          handle: (request) => Promise.resolve(new Response(`page of ${request.url}`)),
          development: false,
        }),
    },
  });
  token = (await createTestApiKey(await registerTestAccount(database))).token;
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.app.server.address() as AddressInfo);
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

/** Sends lines as they are, and returns the answer. */
function sendRaw(...lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1', () =>
      socket.end([...lines, 'Connection: close', '', ''].join('\r\n')),
    );
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}

describe('a host', () => {
  it.each(['anvil.acme.com', 'ANVIL.acme.com:8443', 'anvil.lan', 'localhost:4000', '127.0.0.1', '[::1]:80'])(
    '%s is served',
    async (host) => {
      const { status } = await server.as(undefined).get('/', { headers: { host } });
      expect(status).toBe(200);
    },
  );

  it.each(['evil.example', 'evil.example:4000', 'localhost.evil.example', 'anvil.acme.com.evil.example'])(
    '%j is answered with 421 on pages, files and calls without an API key',
    async (host) => {
      for (const url of [
        '/',
        '/sign-in',
        '/trpc/accounts.switches',
        '/api/v1/openapi.json',
        '/api/v1/projects',
      ]) {
        const { status, text } = await server.as(undefined).get(url, { headers: { host } });
        expect([url, status, /"reason":"([^"]+)"/.exec(text)?.[1]]).toEqual([url, 421, 'host.unknown']);
      }
    },
  );

  it('that is unknown is named on the page, with the variables to set', async () => {
    const { status, text } = await server
      .as(undefined)
      .get('/register', { headers: { host: 'Evil.example:4000', accept: 'text/html' } });
    expect(status).toBe(421);
    expect(text).toContain('Anvil isn’t configured for the host &#34;evil.example&#34;.');
    expect(text).toContain('APP_URL');
    expect(text).toContain('ALLOWED_HOSTS');
  });

  it.each(['user@localhost', 'local host', 'localhost/x', '<script>', '[::1', 'a:b'])(
    '%j is malformed: 400',
    async (host) => {
      const { status, body } = await server.as({ token }).get('/api/v1/projects', { headers: { host } });
      expect([status, body.error.reason]).toEqual([400, 'malformed']);
    },
  );

  it('that is unknown takes no registration: a foreign page can’t reach a fresh instance by DNS rebinding', async () => {
    const { status } = await server
      .as(undefined)
      .post(
        '/trpc/accounts.register',
        { name: 'Mallory', email: 'mallory@evil.example', password: 'a password of hers' },
        { headers: { host: 'evil.example:4000', origin: 'http://evil.example:4000' } },
      );
    expect(status).toBe(421);
  });

  it('matters neither to a valid API key nor to probes; a wrong key is refused as such', async () => {
    const headers = { host: 'anvil.svc.cluster.local:4000' };
    expect((await server.as({ token }).get('/api/v1/projects', { headers })).status).toBe(200);
    const wrong = await server.as({ token: 'ank_x' }).get('/api/v1/projects', { headers });
    expect([wrong.status, wrong.body.error.reason]).toEqual([401, 'api_key.invalid']);
    for (const url of ['/live', '/ready', '/health?only=database'])
      expect([url, (await server.as(undefined).get(url, { headers })).status]).toEqual([url, 200]);
  });

  it('comes from X-Forwarded-Host only when a trusted proxy sends it', async () => {
    const statusOf = async (remoteAddress: string, host: string, forwarded: string) => {
      const headers = { host, 'x-forwarded-host': forwarded };
      return (await server.app.inject({ url: '/', remoteAddress, headers })).statusCode;
    };
    expect(await statusOf('10.0.0.1', 'app1:4000', 'anvil.acme.com')).toBe(200);
    expect(await statusOf('10.0.0.1', 'anvil.acme.com', 'evil.example')).toBe(421);
    expect(await statusOf('10.0.0.2', 'evil.example', 'anvil.acme.com')).toBe(421);
    expect(await statusOf('10.0.0.2', 'anvil.acme.com', 'evil.example')).toBe(200);
  });
});

describe('a request as it arrives', () => {
  it('with two Host headers is 400, with an API key that is known too', async () => {
    const path = '/api/v1/projects';
    for (const own of [[], [`Authorization: Bearer ${token}`]]) {
      const answer = await sendRaw(`GET ${path} HTTP/1.1`, 'Host: localhost', 'Host: evil.example', ...own);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toContain('"malformed"');
    }
  });

  it('whose target is a whole URL is answered by that URL’s host and path', async () => {
    const served = await sendRaw('GET http://anvil.lan/some/page?x=1 HTTP/1.1', 'Host: evil.example');
    expect(served).toMatch(/^HTTP\/1.1 200 /);
    expect(served).toContain('page of http://anvil.lan/some/page?x=1');
    expect(await sendRaw('GET http://evil.example/some/page HTTP/1.1', 'Host: localhost')).toMatch(
      /^HTTP\/1.1 421 /,
    );
    expect(await sendRaw('GET http://anvil.lan HTTP/1.1', 'Host: localhost')).toMatch(/^HTTP\/1.1 200 /);
  });

  it('without any Host, as HTTP/1.0 allows, is 421; a probe is answered', async () => {
    expect(await sendRaw('GET / HTTP/1.0')).toMatch(/^HTTP\/1.1 421 /);
    expect(await sendRaw('GET /live HTTP/1.0')).toMatch(/^HTTP\/1.1 200 /);
  });
});

test('loopback is served only where Anvil listens on it', () => {
  const serves = (host: string) =>
    servedHosts({ baseUrl: 'https://anvil.acme.com', host, allowedHosts: [] })('localhost');
  expect(['::', '0.0.0.0', '127.0.0.1', '::1', 'localhost'].map(serves)).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(['10.0.0.5', 'anvil.lan', 'fd00::1'].map(serves)).toEqual([false, false, false]);
});

test.each([
  ['a.example:80', 'a.example'],
  ['A.example', 'a.example'],
  ['[::1]:80', '[::1]'],
  ['[::1]', '[::1]'],
  [':80', ':80'],
  ['', ''],
])('the host name of %j is %j', (host, name) => expect(hostnameOf(host)).toBe(name));

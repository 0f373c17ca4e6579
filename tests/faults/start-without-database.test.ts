import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'pg-connection-string';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbedded, type EmbeddedDatabase } from '#db/embedded/start.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { startServerProcess } from '../support/server-process.ts';

let home: string;
/** By TCP and with a password, as a server database is. */
let postgres: EmbeddedDatabase;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'anvil-waits-'));
  await chmod(home, 0o755);
  postgres = await startEmbedded({
    dataDir: join(home, 'database'),
    listen: 'tcp',
    settings: { fsync: 'off' },
  });
});

afterAll(async () => {
  await postgres.stop();
  await rm(home, { recursive: true });
});

test.each(['build/server.mjs', 'scripts/start.mjs'])(
  '%s waits for a database that is away, says where it should be, and goes on when it is there',
  async (script) => {
    const port = await freePort();
    const { user, password, database } = parse(postgres.url);
    const url = `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
    const server = await startServerProcess(script, {
      ...{ DATABASE_URL: url, ANVIL_DATA_DIR: join(home, 'data'), LOG_LEVEL: 'info' },
    });
    await expect.poll(() => server.status('/live'), { timeout: 60_000 }).toBe(200);
    await expect
      .poll(() => server.log(), { timeout: 30_000 })
      .toContain(`Can't reach the database at 127.0.0.1:${port}`);
    for (const path of [
      '/ready',
      '/health',
      '/',
      '/sign-in',
      '/api/v1/prompts/by_address/a/b/c',
      '/trpc/accounts.me',
    ]) {
      const response = await fetch(server.url + path, { headers: { accept: 'text/html' } });
      expect([path, response.status]).toEqual([path, 503]);
      expect(await response.text()).toMatch(/Anvil waits for its database\./);
      if (path !== '/health') expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    }
    const body = await fetch(`${server.url}/api/v1/projects`, { method: 'POST', body: '{"name":"x"}' });
    expect([body.status, await body.json()]).toMatchObject([503, { error: { reason: 'starting' } }]);

    const proxy = await startDatabaseProxy(postgres.url, port);
    await expect.poll(() => server.status('/ready'), { timeout: 30_000 }).toBe(200);
    expect(await server.status('/register')).toBe(200);
    expect(server.log().split("Can't reach the database").length - 1).toBeLessThan(4);
    await server.stop();
    expect(await server.exited).toBe(0);
    await proxy.stop();
  },
);

test('ends at once by a signal while it waits', async () => {
  const server = await startServerProcess('build/server.mjs', {
    ...{ DATABASE_URL: `postgres://anvil@127.0.0.1:${await freePort()}/anvil`, DRAIN_SECONDS: '100' },
  });
  await expect.poll(() => server.status('/live'), { timeout: 60_000 }).toBe(200);
  await server.stop();
  expect(await server.exited).toBe(0);
});

test.each([
  [
    'a wrong password',
    (url: string) => url.replace(/:[0-9a-f]{64}@/, ':guess@'),
    'refused the password of the role anvil',
  ],
  ['a missing database', (url: string) => url.replace(/anvil$/, 'nothing'), 'has no database nothing'],
  ['a server without TLS', (url: string) => `${url}?sslmode=require`, "doesn't offer TLS"],
])('%s ends the start with a sentence', async (_what, change, sentence) => {
  const server = await startServerProcess('build/server.mjs', { DATABASE_URL: change(postgres.url) });
  expect(await server.exited).toBe(1);
  expect(server.log()).toContain(sentence);
  expect(server.log()).not.toMatch(/^ {4}at /m);
});

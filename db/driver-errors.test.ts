import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { startDatabaseProxy, type DatabaseProxy } from '#tests/support/database-proxy.ts';
import { connect } from './connections.ts';
import { connectionError, statementError } from './driver-errors.ts';
import { failureKind } from './errors.ts';
import { destroySocket } from './sessions.ts';
import { acrossOrganisations, currentTransaction } from './tenancy.ts';

let database: TestDatabase;
let proxy: DatabaseProxy;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  proxy = await startDatabaseProxy(database.url);
});
afterEach(() => proxy.stop());

const thrownBy = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('It did not fail'),
    (error: Error) => error,
  );

async function openClient(config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: proxy.url, ...config });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** How the driver fails, and the message by which its error is recognised. */
const PROVOKED: [message: string, kind: string, () => Promise<Error>][] = [
  [
    'Connection terminated unexpectedly',
    'unavailable',
    async () => {
      const client = await openClient();
      const failed = thrownBy(client.query('select pg_sleep(60)'));
      destroySocket(client);
      return failed;
    },
  ],
  [
    'Client has encountered a connection error and is not queryable',
    'unavailable',
    async () => {
      const client = await openClient();
      const ended = new Promise((resolve) => client.once('end', resolve));
      proxy.cut();
      await ended;
      return thrownBy(client.query('select 1'));
    },
  ],
  [
    'Client was closed and is not queryable',
    'unavailable',
    async () => {
      const client = await openClient();
      await client.end();
      return thrownBy(client.query('select 1'));
    },
  ],
  [
    'Connection terminated',
    'unavailable',
    async () => {
      const client = await openClient();
      const failed = thrownBy(client.query('select pg_sleep(60)'));
      await client.end();
      return failed;
    },
  ],
  [
    'Query read timeout',
    'unavailable',
    async () => {
      const client = await openClient({ query_timeout: 20 });
      const error = await thrownBy(client.query('select pg_sleep(60)'));
      await client.end();
      return error;
    },
  ],
  [
    'timeout expired',
    'unavailable',
    async () => {
      proxy.silence();
      return thrownBy(new pg.Client({ connectionString: proxy.url, connectionTimeoutMillis: 20 }).connect());
    },
  ],
  [
    'Connection terminated due to connection timeout',
    'unavailable',
    async () => {
      proxy.silence();
      return thrownBy(
        new pg.Pool({ connectionString: proxy.url, connectionTimeoutMillis: 20 }).query('select 1'),
      );
    },
  ],
  [
    'timeout exceeded when trying to connect',
    'busy',
    async () => {
      const pool = new pg.Pool({ connectionString: proxy.url, max: 1, connectionTimeoutMillis: 200 });
      const held = await pool.connect();
      const error = await thrownBy(pool.query('select 1'));
      held.release();
      await pool.end();
      return error;
    },
  ],
];

describe('an error of the driver without a code', () => {
  test.each(PROVOKED)('"%s" is %s', async (message, kind, provoke) => {
    const error = await provoke();
    expect(error.message).toBe(message);
    expect(failureKind(statementError(error))).toBe(kind);
  });

  test('that is a bug stays as it is', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const client = await openClient();
    const error = await thrownBy(client.query('select $1::json', [circular]));
    expect(error.message).toContain('circular');
    expect(statementError(error)).toBe(error);
    await client.end();
  });
});

describe('without a connection', () => {
  test.each([
    ['nothing listens', () => 'postgres://anvil@127.0.0.1:1/anvil'],
    ['the socket is missing', () => 'postgres://anvil@/anvil?host=/nonexistent'],
    ['the name is unknown', () => 'postgres://anvil@database.invalid:5432/anvil'],
    ['TLS is refused', () => `${proxy.url}?sslmode=no-verify`],
    ['the role is unknown', () => database.url.replace('://anvil', '://nobody')],
  ])('because %s the database is unavailable', async (_why, url) => {
    const client = new pg.Client({ connectionString: url(), connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    expect(failureKind(connectionError(await thrownBy(client.connect())))).toBe('unavailable');
  });

  test('because the backlog of the socket is full (EAGAIN) the database is unavailable', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anvil-backlog-'));
    const path = join(folder, '.s.PGSQL.5432');
    // A server that listens and accepts nothing, as PostgreSQL does when it is stopped.
    const listen = `require('net').createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => console.log('listening'))`;
    const server = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    server.kill('SIGSTOP');
    const waiting: Socket[] = [];
    const away = connect({ url: `postgres://anvil@/anvil?host=${folder}` });
    try {
      for (let code = ''; code !== 'EAGAIN';) {
        const socket = connectSocket(path);
        waiting.push(socket);
        code = await Promise.race([
          once(socket, 'connect').then(() => 'connected'),
          once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code ?? ''),
        ]).catch((error: NodeJS.ErrnoException) => error.code ?? '');
      }
      const work = acrossOrganisations(away, 'tests: away', () => currentTransaction().raw('select 1'));
      const error = await thrownBy(work);
      expect([failureKind(error), (error as { code?: string }).code]).toEqual(['unavailable', 'EAGAIN']);
      expect(failureKind(await thrownBy(away.delivery.query('select 1')))).toBe('unavailable');
    } finally {
      for (const socket of waiting) socket.destroy();
      server.kill('SIGKILL');
      await away.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startDatabaseProxy, type DatabaseProxy } from '#tests/support/database-proxy.ts';
import { connect, type Database } from './connections.ts';
import { prepareBinaries } from './embedded/binaries.ts';
import { clusterFolder } from './embedded/cluster.ts';
import { startEmbedded } from './embedded/start.ts';
import { databaseUser } from './embedded/user.ts';
import { failureKind } from './errors.ts';
import { migrate } from './migrate.ts';
import { acrossOrganisations, currentTransaction } from './tenancy.ts';

// A failover as a load balancer shows it: the address that led to the primary leads to a server in recovery.
describe('a server that is in recovery', () => {
  let folder: string;
  let standby: ChildProcess;
  let proxy: DatabaseProxy;
  let database: Database;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anvil-recovery-'));
    await chmod(folder, 0o711);
    const dataDir = join(folder, 'database');
    const primary = await startEmbedded({ dataDir, settings: { fsync: 'off' } });
    await migrate({ url: primary.url });
    await primary.stop();
    const url = await startStandby(dataDir);
    await vi.waitUntil(() => answers(url), { timeout: 60_000 });
    proxy = await startDatabaseProxy(url);
    database = connect({ url: proxy.url });
  }, 120_000);
  afterAll(async () => {
    await database.close();
    await proxy.stop();
    standby.kill('SIGQUIT');
    await once(standby, 'exit');
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts the cluster as a standby that waits for a primary. @returns its URL, of the owner */
  async function startStandby(dataDir: string): Promise<string> {
    const cluster = clusterFolder(dataDir);
    const user = await databaseUser(cluster);
    const { folder: binaries } = await prepareBinaries(dataDir, user);
    const { uid, gid } = await stat(cluster);
    const sockets = join(folder, 'sockets');
    await mkdir(sockets);
    await chown(sockets, uid, gid);
    await writeFile(join(cluster, 'standby.signal'), '');
    await chown(join(cluster, 'standby.signal'), uid, gid);
    standby = spawn(
      join(binaries, 'bin/postgres'),
      ['-D', cluster, '-k', sockets, '-c', 'listen_addresses=', '-c', 'fsync=off'],
      { cwd: '/', stdio: 'ignore', uid, gid },
    );
    return `postgres://anvil@/anvil?host=${sockets}`;
  }

  async function answers(url: string): Promise<boolean> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  }

  const write = () =>
    acrossOrganisations(database, 'tests: write', () =>
      currentTransaction().raw(
        `insert into rate_limits (key, points, expires_at) values (md5(random()::text) || md5(random()::text), 1, now())`,
      ),
    );

  test('is unreachable for the probe', async () => {
    await database.servicesProbe.check();
    expect([database.servicesProbe.isReachable, database.servicesProbe.failure]).toEqual([
      false,
      'The database is read-only right now. Try again in a moment.',
    ]);
  });

  test('refuses a write as read-only, and every statement once that is certain', async () => {
    expect(failureKind(await write().catch((error: unknown) => error))).toBe('read_only');
    for (let times = 0; times < 3; times += 1) await database.servicesProbe.check();
    expect(failureKind(await database.delivery.query('select 1').catch((error: unknown) => error))).toBe(
      'read_only',
    );
    expect(failureKind(await write().catch((error: unknown) => error))).toBe('read_only');
  });

  test('is written to at once when it was promoted', async () => {
    await asSuperuser('select pg_promote()');
    await database.servicesProbe.check();
    expect(database.servicesProbe.isReachable).toBe(true);
    await write();
  });

  async function asSuperuser(sql: string): Promise<void> {
    const client = new pg.Client({
      connectionString: proxy.url.replace('//anvil@', '//postgres@').replace('/anvil', '/postgres'),
    });
    await client.connect();
    await client.query(sql);
    await client.end();
  }
});

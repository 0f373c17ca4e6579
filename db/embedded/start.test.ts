import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { queryOnce } from '#tests/support/database.ts';
import { processesBelow } from '#tests/support/embedded-clone.ts';
import { APPLICATION_ROLE } from '../connections.ts';
import { clusterFolder, initdbFailure } from './cluster.ts';
import { startEmbedded } from './start.ts';

const settings = { fsync: 'off' };
// Generous: a start may take seconds where all else is being built and tested at the same time.
vi.setConfig({ testTimeout: 300_000 });

let home: string;
/** Shared: making a cluster is most of the time a test takes, and each of these works on a new one as on a used one. */
let dataDir: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'anvil-start-'));
  await chmod(home, 0o755);
  dataDir = join(home, 'deep', 'database');
});

afterEach(() => expect.poll(() => processesBelow(home)).toEqual([]));

afterAll(() => rm(home, { recursive: true }));

test('a second start finds what the first stored', async () => {
  const said: string[] = [];
  const log = (message: string) => said.push(message);
  await rm(dataDir, { recursive: true, force: true });
  const first = await startEmbedded({ dataDir, settings, log });
  await queryOnce(first.url, 'create table kept as select 1 as n');
  await first.stop();
  await first.stop();
  const second = await startEmbedded({ dataDir, settings, log });
  expect(await queryOnce(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await second.stop();
  expect(said).toEqual([expect.stringContaining(dataDir)]);
  expect(await readdir(join(dataDir, 'lock'))).toEqual([]);
});

test('the owner has no rights beyond its database, and may work as the application', async () => {
  const database = await startEmbedded({ dataDir, settings });
  expect(
    await queryOnce(
      database.url,
      `select rolname, rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as more,
              pg_has_role('anvil', oid, 'set') as settable
       from pg_roles where rolname like 'anvil%' order by 1`,
    ),
  ).toEqual([
    { rolname: 'anvil', rolcanlogin: true, more: false, settable: true },
    { rolname: APPLICATION_ROLE, rolcanlogin: false, more: false, settable: true },
  ]);
  expect(
    await queryOnce(
      database.url,
      `select pg_get_userbyid(datdba) as owner, datlocprovider::text as provider, datlocale as locale,
              current_setting('timezone') as zone, current_setting('listen_addresses') as addresses
       from pg_database where datname = current_database()`,
    ),
  ).toEqual([{ owner: 'anvil', provider: 'b', locale: 'C.UTF-8', zone: 'UTC', addresses: '' }]);
  await database.stop();
});

test('a start makes what an interrupted first one left out', async () => {
  await mkdir(join(dataDir, 'cluster.new-killed'), { recursive: true });
  const first = await startEmbedded({ dataDir, settings });
  await queryOnce(first.adminUrl, 'drop database anvil');
  await queryOnce(first.adminUrl, 'drop role anvil');
  await first.stop();
  const second = await startEmbedded({ dataDir, settings });
  expect(await queryOnce(second.url, 'select current_user as who')).toEqual([{ who: 'anvil' }]);
  await second.stop();
  expect((await readdir(dataDir)).sort()).toEqual(['cluster', 'lock', 'postgres.log']);
});

test('over loopback TCP nobody gets in without the password of the folder', async () => {
  const folder = join(home, 'tcp');
  const database = await startEmbedded({ dataDir: folder, settings, listen: 'tcp' });
  expect(await queryOnce(database.url, 'select current_user as who')).toEqual([{ who: 'anvil' }]);
  const password = await readFile(join(folder, 'password'), 'utf8');
  for (const url of [database.url, database.adminUrl]) {
    await expect(queryOnce(url.replace(password, 'guess'), 'select 1')).rejects.toThrow(
      /password authentication failed/,
    );
  }
  await database.stop();
});

test('data of another major version are left alone, with the way out', async () => {
  const database = await startEmbedded({ dataDir, settings });
  await database.stop();
  const file = join(clusterFolder(dataDir), 'PG_VERSION');
  const real = await readFile(file, 'utf8');
  await writeFile(file, '17\n');
  await expect(startEmbedded({ dataDir, settings })).rejects.toMatchObject({
    reason: 'other_version',
    message: expect.stringMatching(/made by PostgreSQL 17.*brings PostgreSQL 18.*pg_dump of PostgreSQL 17/s),
  });
  await writeFile(file, real);
});

test('a second start in the same process says so', async () => {
  const database = await startEmbedded({ dataDir, settings });
  await expect(startEmbedded({ dataDir, settings })).rejects.toMatchObject({
    reason: 'already_running',
    message: expect.stringContaining('this process itself'),
  });
  await database.stop();
});

test('a copy of a folder on which Anvil runs is named as one', async () => {
  const database = await startEmbedded({ dataDir, settings });
  const copy = join(home, 'copy');
  await cp(dataDir, copy, { recursive: true, filter: (path) => !path.endsWith('socket') });
  await expect(startEmbedded({ dataDir: copy, settings })).rejects.toMatchObject({
    reason: 'copy_of_running',
    message: expect.stringContaining(
      `${copy} is a copy of a folder on which Anvil runs as process ${process.pid}`,
    ),
  });
  await database.stop();
});

test('a server that does not start shows the end of its log and gives the folder free', async () => {
  const bad = { ...settings, shared_buffers: 'many' };
  await expect(startEmbedded({ dataDir, settings: bad })).rejects.toMatchObject({
    reason: 'failed_to_start',
    message: expect.stringContaining('shared_buffers'),
  });
  const database = await startEmbedded({ dataDir, settings });
  await database.stop();
});

test('a folder that is a file, and a disk that is full, each have their own reason', async () => {
  await writeFile(join(home, 'file'), '');
  await expect(startEmbedded({ dataDir: join(home, 'file') })).rejects.toMatchObject({
    reason: 'not_writable',
  });
  const said = 'initdb: error: could not write to file "/x/pg_wal/xlogtemp.1": No space left on device';
  expect(initdbFailure('/x', said)).toMatchObject({
    reason: 'disk_full',
    message: expect.stringContaining('no space left for the database in /x'),
  });
});

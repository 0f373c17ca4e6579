import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '#db/connections.ts';
import { startEmbedded } from '#db/embedded/start.ts';
import { migrate } from '#db/migrate.ts';
import { MIGRATIONS, type Migration } from '#db/migrations/index.ts';
import { plantOrganisation } from '#tests/support/planted-rows.ts';
import { anvilServer, startBundle } from './support/anvil-server.ts';
import { makeAnvilDatabase, startPostgres, type PostgresServer } from './support/postgres.ts';
import { has } from './support/shell.ts';

const NAMES = MIGRATIONS.map(({ name }) => name);
const lines = (state: string, names: readonly string[]) => names.map((name) => `${state}${name}\n`).join('');

describe.skipIf(!has('runuser', '/usr/lib/postgresql/15/bin/initdb'))(
  "on Debian's PostgreSQL 15, by the bundle",
  () => {
    let server: PostgresServer;
    let folder: string;
    let databases = 0;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'anvil-migrations-'));
      server = await startPostgres();
    });
    afterAll(async () => {
      await server.remove();
      await rm(folder, { recursive: true, force: true });
    });

    /** A new, empty database, and commands of the bundle on it. */
    async function newDatabase() {
      databases += 1;
      const name = `anvil_${databases}`;
      const url = await makeAnvilDatabase(server, name);
      const run = (...args: string[]) => anvilServer(args, { DATABASE_URL: url, ANVIL_DATA_DIR: folder });
      const sql = (text: string) =>
        server.psql(`set role anvil; ${text}`, name).then((out) => out.replace(/^SET\n?/, ''));
      return { url, run, sql };
    }

    test('migrate, migrate:status and rollback say what they did, and do it', async () => {
      const { run } = await newDatabase();
      expect(await run('migrate:status')).toEqual({ code: 0, stdout: lines('pending  ', NAMES), stderr: '' });
      expect(await run('migrate')).toEqual({ code: 0, stdout: lines('Migrated ', NAMES), stderr: '' });
      expect(await run('migrate')).toEqual({ code: 0, stdout: 'Nothing to migrate.\n', stderr: '' });
      const refused = await run('rollback', '2');
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toMatch(/^Nothing was reverted: this release, .* didn't bring /);
      expect(await run('rollback', '2', '--delete-data', '--yes')).toMatchObject({
        ...{ code: 0, stdout: lines('Reverted ', NAMES.slice(-2).reverse()) },
      });
      expect((await run('migrate:status')).stdout).toBe(
        lines('done     ', NAMES.slice(0, -2)) + lines('pending  ', NAMES.slice(-2)),
      );
      expect((await run('migrate')).stdout).toBe(lines('Migrated ', NAMES.slice(-2)));
    });

    test('three starters at once: each migration runs once, and all three go on', async () => {
      const { run, url } = await newDatabase();
      const [first, second, third] = await Promise.all([
        run('migrate'),
        run('migrate'),
        startBundle({ DATABASE_URL: url }),
      ]);
      await third.stop();
      expect([first.code, second.code]).toEqual([0, 0]);
      const migrated = [first, second].map(({ stdout }) => stdout.match(/^Migrated /gm)?.length ?? 0);
      expect([0, NAMES.length]).toContain((migrated[0] ?? 0) + (migrated[1] ?? 0));
      expect((await run('migrate:status')).stdout).toBe(lines('done     ', NAMES));
    });

    test('a failure in the middle leaves no migration half-done, ends with 1, and can be repaired', async () => {
      const { run, sql } = await newDatabase();
      // 0004 makes its keys' tables before this one, which is in its way.
      await sql('create table audit_entries (mine text)');
      const failed = await run('migrate');
      expect([failed.code, failed.stdout, failed.stderr]).toEqual([
        1,
        '',
        expect.stringContaining('relation "audit_entries" already exists'),
      ]);
      // Nothing of 0004 is left. The migrations before it are done: each has its own transaction.
      expect(await sql(`select to_regclass('api_keys') is null, to_regclass('users') is null`)).toBe('t|f');
      expect((await run('migrate:status')).stdout).toBe(
        lines('done     ', NAMES.slice(0, 3)) + lines('pending  ', NAMES.slice(3)),
      );
      await sql('drop table audit_entries');
      expect((await run('migrate')).stdout).toBe(lines('Migrated ', NAMES.slice(3)));
    });

    test('a release runs on the schema of the next one, and leaves its migration to it', async () => {
      const { url, run, sql } = await newDatabase();
      await run('migrate');
      await sql(`alter table projects add column colour text not null default 'red';
               create table newer (id integer);
               insert into knex_migrations (name, batch, migration_time) values ('9999-newer', 2, now())`);
      expect(await run('migrate')).toMatchObject({ code: 0, stdout: 'Nothing to migrate.\n' });
      expect((await run('migrate:status')).stdout).toContain('unknown  9999-newer\n');
      const bundle = await startBundle({ DATABASE_URL: url });
      expect((await fetch(`${bundle.url}/register`)).status).toBe(200);
      expect((await fetch(`${bundle.url}/health`)).status).toBe(200);
      await bundle.stop();
      const refused = await run('rollback');
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/^This release can't revert 9999-newer/),
      ]);
      expect(await sql(`select count(*) from newer`)).toBe('0');
    });

    test('a data migration, run by the plain owner, changes rows of every organisation', async () => {
      const { url, sql } = await newDatabase();
      await migrate({ url });
      const database = connect({ url });
      await plantOrganisation(database);
      await plantOrganisation(database);
      await database.close();
      const data: Migration = {
        name: '9998-data',
        up: async (knex) => {
          await knex.raw(`update projects set description = 'migrated'`);
        },
        down: () => Promise.resolve(),
      };
      expect(await migrate({ url, migrations: [...MIGRATIONS, data] })).toEqual(['9998-data']);
      expect(
        await sql(
          `select count(*), count(distinct organisation_id) from projects where description = 'migrated'`,
        ),
      ).toBe('2|2');
      expect(await sql(`select rolsuper or rolbypassrls from pg_roles where rolname = 'anvil'`)).toBe('f');
    });

    test('everything moves from the embedded database to a server and back, row by row the same', async () => {
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      const embedded = (dataDir: string) => ({ ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: dataDir });
      expect(await anvilServer(['migrate'], embedded(first))).toMatchObject({ code: 0 });
      const running = await startEmbedded({ dataDir: join(first, 'database') });
      const database = connect({ url: running.url });
      for (let n = 0; n < 3; n += 1) await plantOrganisation(database);
      await database.close();
      await running.stop();

      const sums = (output: string) =>
        output.split('\n').filter((line) => /^ *\d+ {2}[0-9a-f]{64} {2}/.test(line));
      const file = (name: string) => join(folder, `${name}.archive.gz`);
      const out = await anvilServer(['export', file('embedded')], embedded(first));
      expect([out.code, sums(out.stdout).length]).toEqual([0, expect.any(Number)]);
      expect(sums(out.stdout).length).toBeGreaterThan(20);
      expect(out.stdout).toMatch(/^ +3 {2}[0-9a-f]{64} {2}public\.organisations$/m);

      const { run, sql } = await newDatabase();
      const taken = await run('import', file('embedded'));
      expect([taken.code, sums(taken.stdout)]).toEqual([0, sums(out.stdout)]);
      expect(await sql('select count(*) from versions')).toBe('3');
      const twice = await run('import', file('embedded'));
      expect([twice.code, twice.stderr]).toEqual([1, expect.stringMatching(/^This database isn't empty/)]);
      expect((await run('export', file('server'))).code).toBe(0);

      const back = await anvilServer(['import', file('server')], embedded(second));
      expect([back.code, sums(back.stdout)]).toEqual([0, sums(out.stdout)]);

      // Beside a running server, to stdout.
      const bundle = await startBundle(embedded(second));
      const beside = await anvilServer(['export', '-'], embedded(second));
      expect([beside.code, sums(beside.stderr).length]).toEqual([0, sums(out.stdout).length]);
      await bundle.stop();
    });

    test('before the embedded database is migrated or reverted, a copy of it is made', async () => {
      const dataDir = join(folder, 'copied');
      const env = { ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: dataDir };
      await anvilServer(['migrate'], env);
      await expect(readdir(join(dataDir, 'copies'))).rejects.toThrow('ENOENT');
      expect((await anvilServer(['rollback', '--delete-data', '--yes'], env)).stderr).toMatch(
        /^Copied the database to .*-rollback\.archive\.gz$/m,
      );
      const bundle = await startBundle(env);
      await bundle.stop();
      expect(bundle.log()).toContain(`-${NAMES.at(-1)}.archive.gz`);
      expect(await readdir(join(dataDir, 'copies'))).toHaveLength(2);
    });

    test('the console answers what is piped into it, and changes nothing', async () => {
      const { url, run } = await newDatabase();
      await run('migrate');
      const env = { DATABASE_URL: url };
      expect(await anvilServer(['console'], env, 'select 1 as one')).toEqual({
        ...{ code: 0, stderr: '' },
        stdout: 'one\n---\n1\n(1 row)\n',
      });
      const refused = await anvilServer(['console'], env, 'create table x (id int);');
      expect(refused).toMatchObject({
        code: 1,
        stdout: 'ERROR: cannot execute CREATE TABLE in a read-only transaction\n',
      });
      const log = await anvilServer(['console'], env, 'select count(*) from instance_log');
      expect(log.stdout).toContain('\n3\n');
    });
  },
);

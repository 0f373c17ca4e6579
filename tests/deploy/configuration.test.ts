import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anvilServer, startBundle } from './support/anvil-server.ts';
import { makeAnvilDatabase, type PostgresServer } from './support/postgres.ts';
import { has, must, ROOT } from './support/shell.ts';
import { startTlsPostgres } from './support/tls-postgres.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-configuration-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('.env.example as it stands starts a server for development', async () => {
  const example = parseEnv(await readFile(join(ROOT, '.env.example'), 'utf8')) as Record<string, string>;
  expect(example).toMatchObject({ APP_URL: 'http://localhost:4000', HOST: '127.0.0.1' });
  // What npm start adds, and a port and a folder of the test's own.
  const { PORT: _port, APP_URL: _url, ...rest } = example;
  const env = { ...rest, ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: join(folder, 'example') };
  const bundle = await startBundle(env);
  expect((await fetch(`${bundle.url}/register`)).status).toBe(200);
  await bundle.stop();
});

describe.skipIf(!has('runuser', 'openssl', '/usr/lib/postgresql/15/bin/initdb'))(
  'TLS to the database',
  () => {
    let server: PostgresServer;
    let url: string;
    const pem = (name: string) => join(folder, `${name}.pem`);

    beforeAll(async () => {
      server = await startTlsPostgres(folder);
      url = (await makeAnvilDatabase(server)).replace('127.0.0.1', 'localhost');
    });
    afterAll(() => server.remove());

    const migrate = (env: Record<string, string>) => anvilServer(['migrate:status'], env);

    test('with its authority in DATABASE_CA the server is believed, and a started Anvil is encrypted throughout', async () => {
      const env = { DATABASE_URL: `${url}?sslmode=verify-full`, DATABASE_CA: pem('ca') };
      expect(await anvilServer(['migrate'], env)).toMatchObject({ code: 0 });
      const bundle = await startBundle(env);
      const seen = await server.psql(
        `select count(*) > 1, bool_and(s.ssl) from pg_stat_activity a join pg_stat_ssl s using (pid) where usename = 'anvil'`,
      );
      await bundle.stop();
      expect(seen).toBe('t|t');
    });

    test.each<[string, (env: { url: string }) => Record<string, string>, RegExp]>([
      [
        'no authority that Node knows',
        (given) => ({ DATABASE_URL: `${given.url}?sslmode=verify-full` }),
        /certificate/,
      ],
      [
        'another authority',
        (given) => ({ DATABASE_URL: `${given.url}?sslmode=verify-full`, DATABASE_CA: pem('other-ca') }),
        /certificate/,
      ],
      [
        'another name than the certificate’s',
        (given) => ({
          ...{ DATABASE_URL: `${given.url.replace('localhost', '127.0.0.1')}?sslmode=verify-full` },
          DATABASE_CA: pem('ca'),
        }),
        /ALTNAME/,
      ],
      [
        'no encryption at all',
        (given) => ({ DATABASE_URL: `${given.url}?sslmode=disable` }),
        /pg_hba|no encryption/,
      ],
    ])('with %s nothing is sent', async (_, env, reason) => {
      const { code, stderr } = await migrate(env({ url }));
      expect([code, stderr]).toEqual([1, expect.stringMatching(reason)]);
    });

    test('the backup trusts the file of DATABASE_CA, the only file of its folder, or what the system trusts', async () => {
      const mounted = join(folder, 'mounted');
      await mkdir(join(mounted, '..data'), { recursive: true });
      const script = '. deploy/backup_lib.sh; use_database "$1"; echo "$PGSSLROOTCERT"';
      const trusted = async (DATABASE_CA: string) => {
        const args = ['-euc', script, 'bash', 'postgres://anvil@db.internal/anvil_prod'];
        return (await must('bash', args, { env: { DATABASE_CA } })).trim();
      };
      expect(await trusted(pem('ca'))).toBe(pem('ca'));
      expect(await trusted(mounted)).toBe('/etc/ssl/certs/ca-certificates.crt');
      await copyFile(pem('ca'), join(mounted, 'database-ca.pem'));
      expect(await trusted(mounted)).toBe(join(mounted, 'database-ca.pem'));
    });

    test('psql reads the same address as Anvil does', async () => {
      const address = `${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(pem('ca'))}`;
      expect(await must('psql', [address, '-Atc', 'select 1'])).toBe('1\n');
    });
  },
);

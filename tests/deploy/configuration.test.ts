import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anvilServer, startBundle } from './support/anvil-server.ts';
import { makeAnvilDatabase, startPostgres, type PostgresServer } from './support/postgres.ts';
import { has, must, ROOT } from './support/shell.ts';

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
    const openssl = (...args: string[]) => must('openssl', args, { cwd: folder });

    beforeAll(async () => {
      for (const authority of ['ca', 'other-ca'])
        await openssl(
          ...[
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:prime256v1',
            '-nodes',
            '-days',
            '2',
          ],
          ...['-subj', `/CN=${authority}`, '-keyout', `${authority}.key`, '-out', pem(authority)],
        );
      await openssl(
        ...[
          'req',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-subj',
          '/CN=localhost',
        ],
        ...['-keyout', 'server.key', '-out', 'server.csr'],
      );
      await writeFile(join(folder, 'names'), 'subjectAltName = DNS:localhost\n');
      await openssl(
        ...['x509', '-req', '-in', 'server.csr', '-CA', pem('ca'), '-CAkey', 'ca.key', '-CAcreateserial'],
        ...['-days', '2', '-extfile', 'names', '-out', pem('server')],
      );
      server = await startPostgres({
        settings: { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key' },
        // Unencrypted nobody gets in by TCP.
        hba: ['hostnossl all all all reject'],
        prepare: async (dataDir) => {
          for (const name of ['server.pem', 'server.key']) {
            await copyFile(join(folder, name), join(dataDir, name));
            await must('chown', ['--reference', dataDir, join(dataDir, name)]);
            await must('chmod', ['600', join(dataDir, name)]);
          }
        },
      });
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

    test('psql reads the same address as Anvil does', async () => {
      const address = `${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(pem('ca'))}`;
      expect(await must('psql', [address, '-Atc', 'select 1'])).toBe('1\n');
    });
  },
);

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManagedLogins } from '#tests/support/managed-postgres.ts';
import { anvilServer, startBundle } from './support/anvil-server.ts';
import { firstFiveMinutes } from './support/journey.ts';
import { startPostgres, type PostgresServer } from './support/postgres.ts';
import { has } from './support/shell.ts';

describe.skipIf(!has('runuser', 'curl'))('a PostgreSQL server on which no role can be created', () => {
  let server: PostgresServer;
  let urls: { DATABASE_URL: string; DATABASE_APPLICATION_URL: string };

  beforeAll(async () => {
    server = await startPostgres();
    await server.psql('create database anvil');
    const password = randomBytes(12).toString('hex');
    const { owner, application } = await createManagedLogins(server.url('anvil'), password);
    urls = {
      DATABASE_URL: server.url('anvil', owner, password),
      DATABASE_APPLICATION_URL: server.url('anvil', application, password),
    };
  });
  afterAll(() => server.remove());

  test('refuses to start without the second login, and says what to set', async () => {
    await expect(startBundle({ DATABASE_URL: urls.DATABASE_URL })).rejects.toThrow(
      'set DATABASE_APPLICATION_URL to the login anvil_app',
    );
  });

  test('serves a prompt with the second login, and its commands work', async () => {
    expect(await anvilServer(['migrate'], urls)).toMatchObject({ code: 0, stdout: 'Nothing to migrate.\n' });
    const anvil = await startBundle(urls);
    try {
      await firstFiveMinutes(anvil.url);
      const email = await server.psql('select email from users', 'anvil');
      expect(await anvilServer(['operator', 'grant', email], urls)).toMatchObject({ code: 0 });
      expect(await anvilServer(['user', 'reset-link', email], urls)).toMatchObject({ code: 0 });
      const copy = await anvilServer(['export', '-'], urls);
      expect({ code: copy.code, isLong: copy.stdout.length > 1_000 }).toEqual({ code: 0, isLong: true });
      expect(anvil.log()).not.toMatch(/"level":"(warn|error|fatal)"/);
    } finally {
      await anvil.stop();
    }
  });

  test('refuses to start when row security does not hold for the second login', async () => {
    await server.psql('alter role anvil_app bypassrls');
    await expect(startBundle(urls)).rejects.toThrow('Row security, which keeps organisations apart');
  });
});

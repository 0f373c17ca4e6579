import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from './support/postgres.ts';
import { has } from './support/shell.ts';
import { passSuite } from './support/suite.ts';

describe.skipIf(!has('runuser', '/usr/lib/postgresql/15/bin/initdb'))("Debian's PostgreSQL 15", () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({
      settings: { max_connections: '300', synchronous_commit: 'off', full_page_writes: 'off' },
    });
  });
  afterAll(() => server?.remove());

  test(
    'every integration test that asks the database of the run passes on it',
    { timeout: 1_800_000 },
    async () => {
      const passed = await passSuite({
        node: process.execPath,
        // The tests below db/embedded start the embedded server and kill it, whatever server the run has.
        args: ['--project=integration', '--exclude=db/embedded/**'],
        env: { TEST_DATABASE_URL: server.adminUrl },
      });
      console.info(`${passed} integration tests passed on PostgreSQL 15`);
      expect(passed).toBeGreaterThan(800);
    },
  );
});

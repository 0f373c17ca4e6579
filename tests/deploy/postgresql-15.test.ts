import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from './support/postgres.ts';
import { has, sh } from './support/shell.ts';

interface Report {
  numTotalTests: number;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** Of this run's vitest, which the inner one must not take for its own. */
const OF_VITEST = [
  'VITEST',
  'VITEST_MODE',
  'VITEST_POOL_ID',
  'VITEST_WORKER_ID',
  'TEST',
  'NODE_ENV',
  'DEV',
  'PROD',
  'SSR',
  'MODE',
];

describe.skipIf(!has('runuser', '/usr/lib/postgresql/15/bin/initdb'))("Debian's PostgreSQL 15", () => {
  let server: PostgresServer;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anvil-suite-'));
    server = await startPostgres({
      settings: { max_connections: '300', synchronous_commit: 'off', full_page_writes: 'off' },
    });
  });
  afterAll(async () => {
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    'every integration test that asks the database of the run passes on it',
    { timeout: 1_800_000 },
    async () => {
      const file = join(folder, 'report.json');
      const unset = OF_VITEST.flatMap((name) => ['-u', name]);
      const vitest = [
        'npx',
        'vitest',
        'run',
        '--project',
        'integration',
        // They start the embedded server and kill it, whatever server the run has.
        '--exclude=db/embedded/**',
        '--reporter=json',
        `--outputFile=${file}`,
      ];
      const run = await sh('env', [...unset, ...vitest], { env: { TEST_DATABASE_URL: server.adminUrl } });
      const text = await readFile(file, 'utf8').catch(() => {
        throw new Error(`vitest left no report:\n${run.stdout}${run.stderr}`);
      });
      const report = JSON.parse(text) as Report;
      const failed = report.testResults.flatMap(({ name, status, message, assertionResults }) => [
        ...assertionResults
          .filter((one) => one.status === 'failed')
          .map((one) => `${one.fullName}: ${one.failureMessages.join('\n')}`),
        ...(status === 'failed' && message ? [`${name}: ${message}`] : []),
      ]);
      expect(failed).toEqual([]);
      expect(report).toMatchObject({
        numFailedTests: 0,
        numPendingTests: 0,
        numPassedTests: report.numTotalTests,
      });
      expect(report.numTotalTests).toBeGreaterThan(800);
      console.log(`${report.numPassedTests} integration tests passed on PostgreSQL 15`);
    },
  );
});

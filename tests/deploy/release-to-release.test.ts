import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '#db/migrations/index.ts';
import { signUp, type SignedIn } from '#tests/support/sample-content.ts';
import { startServerProcess, type ServerProcess } from '#tests/support/server-process.ts';
import { anvilServer } from './support/anvil-server.ts';
import { buildOlderRelease, HAS_OLDER_COMMIT, type OlderRelease } from './support/older-release.ts';
import { makeAnvilDatabase, startPostgres, type PostgresServer } from './support/postgres.ts';
import { startFront, type Running } from './support/served-release.ts';
import { has, sh } from './support/shell.ts';

const NEWER = MIGRATIONS.map(({ name }) => name).filter((name) => name >= '0008');
/** Requests that each release answers before the next step. */
const REQUESTS = 20;

const CAN_RUN = HAS_OLDER_COMMIT && has('runuser', '/usr/lib/postgresql/15/bin/initdb');

/** Two releases behind one address: people and applications go on while one takes the place of the other. */
describe.skipIf(!CAN_RUN)('from release to release', () => {
  let folder: string;
  let postgres: PostgresServer;
  let older: OlderRelease;
  let databaseUrl: string;
  let front: Running;
  let url: string;
  let person: SignedIn;
  let fetchPrompt: () => Promise<number>;
  const serving: ServerProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anvil-older-'));
    older = await buildOlderRelease(join(folder, 'older'));
    postgres = await startPostgres();
    databaseUrl = await makeAnvilDatabase(postgres);
    front = await startFront(() => serving.map(({ port }) => port));
    url = `http://127.0.0.1:${front.port}`;
  });
  afterAll(async () => {
    for (const server of serving) await server.stop();
    await front.stop();
    await postgres.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const env = () => ({
    DATABASE_URL: databaseUrl,
    APP_URL: url,
    TRUSTED_PROXIES: '127.0.0.1',
    LOG_LEVEL: 'warn',
  });

  const count = async (table: string, database = 'anvil_prod') =>
    Number(await postgres.psql(`select count(*) from ${table}`, database));

  /** Starts a release beside the one that serves, lets both serve, and ends the first. */
  async function replaceBy(script: string): Promise<void> {
    const [before] = serving;
    const next = await startServerProcess(script, env());
    await next.ready();
    serving.push(next);
    if (!before) return;
    await traffic.enough();
    serving.shift();
    await before.stop();
    await traffic.enough();
  }

  /** Reads and writes until it is stopped. Each answer that isn't right is kept. */
  const traffic = {
    stopped: false,
    requests: 0,
    wrong: [] as string[],
    async run(): Promise<void> {
      while (!this.stopped) {
        this.requests += 1;
        const read = fetchPrompt().then((status) => status === 200 || this.wrong.push(`fetch ${status}`));
        const { organisation } = person;
        const write = person.trpc.projects.create.mutate({ organisation, name: `Project ${this.requests}` });
        const noted = (error: unknown) => this.wrong.push(String(error));
        await Promise.all([read.catch(noted), write.catch(noted)]);
      }
    },
    async enough(): Promise<void> {
      const from = this.requests;
      await expect.poll(() => this.requests).toBeGreaterThan(from + REQUESTS);
    },
  };

  test('this release takes the place of an older one and goes back, under traffic', async () => {
    await replaceBy(older.script);
    person = await signUp(url);
    const { address, token } = await person.trpc.organisations.publishFirstPrompt.mutate({
      ...{ organisation: person.organisation, template: 'Hello {{ name }}', values: { name: 'Ada' } },
    });
    fetchPrompt = async () => {
      const answer = await fetch(`${url}/api/v1/prompts/by_address/${address}@^1.0`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    const running = traffic.run();

    await replaceBy('build/server.mjs');
    const status = () => anvilServer(['migrate:status'], { DATABASE_URL: databaseUrl });
    expect((await status()).stdout).not.toContain('pending');
    await replaceBy(older.script);
    await replaceBy('build/server.mjs');

    traffic.stopped = true;
    await running;
    expect(traffic.wrong).toEqual([]);
    // Each of them, and the project of the first prompt.
    expect(await count('projects')).toBe(traffic.requests + 1);
    console.log(`${traffic.requests} reads and writes each, none failed`);
  });

  test('an archive of the older release is imported into this one and migrated', async () => {
    const run = (args: string[]) =>
      sh('env', [
        ...['-i', `PATH=${process.env.PATH ?? ''}`, 'NODE_ENV=test', `DATABASE_URL=${databaseUrl}`],
        ...['SECRET_KEY_BASE', 'SESSION_SIGNING_SALT', 'SESSION_ENCRYPTION_SALT'].map(
          (name, index) => `${name}=${'0123456789abcdef'.repeat(4)}${index}`,
        ),
        ...[process.execPath, older.script, ...args],
      ]);
    // Back to the schema of the older release, whose archive names no commit.
    const reverted = await anvilServer(['rollback', String(NEWER.length), '--delete-data', '--yes'], {
      ...{ DATABASE_URL: databaseUrl, ANVIL_DATA_DIR: folder },
    });
    expect([reverted.code, reverted.stdout.match(/^Reverted /gm)?.length]).toEqual([0, NEWER.length]);
    const file = join(folder, 'older.archive.gz');
    expect((await run(['export', file])).code).toBe(0);

    const target = await makeAnvilDatabase(postgres, 'anvil_imported');
    const imported = await anvilServer(['import', file], { DATABASE_URL: target });
    expect([imported.code, imported.stderr]).toEqual([0, '']);
    expect(imported.stdout.match(/^Migrated .*$/gm)).toEqual(NEWER.map((name) => `Migrated ${name}`));
    expect(await count('projects', 'anvil_imported')).toBe(await count('projects'));
    expect(await count('versions', 'anvil_imported')).toBe(1);
  });
});

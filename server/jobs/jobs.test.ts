import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, inOrganisation } from '#db/tenancy.ts';
import { startDatabaseProxy } from '#tests/support/database-proxy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { enqueue } from './enqueue.ts';
import { JOBS_AT_ONCE, startJobs, type Jobs, type JobsInput } from './jobs.ts';

let testDatabase: TestDatabase;
let database: Database;
let running: Jobs[] = [];

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
});
afterEach(async () => {
  await Promise.all(running.map((jobs) => jobs.stop()));
  running = [];
  await database.close();
  await testDatabase.drop();
});

/** How long a poll waits for an event of another process; it ends as soon as the event is there. */
const WAIT = { timeout: 60_000 };
/** No timer sends a heartbeat: a test calls `heartbeat()` where it needs one. */
const TICKED = { beatMs: 3_600_000, restartMs: 50 };

/** Workers whose one task does `work`. */
function start(work: (id: string) => Promise<void>, input: Partial<JobsInput> = {}) {
  const errors: unknown[] = [];
  const jobs = startJobs({
    ...{ directUrl: testDatabase.url, tasks: { mail_link: work }, onError: (error) => errors.push(error) },
    ...TICKED,
    ...input,
  });
  running.push(jobs);
  return { jobs, errors };
}

const add = (id: string) => acrossOrganisations(database, 'tests: a job', () => enqueue('mail_link', id));

async function query<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: testDatabase.url });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const countJobs = async () => (await query('select id from graphile_worker.jobs')).length;

describe('a job', () => {
  test('is there exactly when its transaction is, and the application’s role may add one', async () => {
    const account = await registerTestAccount(database);
    const done: string[] = [];
    const [lost, kept] = [randomUUID(), randomUUID()];
    const failing = acrossOrganisations(database, 'tests: fails', async () => {
      await enqueue('mail_link', lost);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await inOrganisation(database, account.organisationId, () => enqueue('mail_link', kept));
    start((id) => Promise.resolve(void done.push(id)));
    await expect.poll(() => done, WAIT).toEqual([kept]);
    await expect.poll(countJobs, WAIT).toBe(0);
  });

  test('that fails is told and tried again later, without what it was about in the log', async () => {
    const id = randomUUID();
    const { errors } = start(() => Promise.reject(new Error('not today')));
    await add(id);
    await expect.poll(() => errors.length, WAIT).toBe(1);
    await expect
      .poll(() => query('select attempts, run_at > now() as later from graphile_worker.jobs'), WAIT)
      .toEqual([{ attempts: 1, later: true }]);
  });

  test('is done once by several processes', async () => {
    const done: string[] = [];
    const ids = Array.from({ length: 20 }, () => randomUUID());
    for (let server = 0; server < 3; server += 1) start((id) => Promise.resolve(void done.push(id)));
    for (const id of ids) await add(id);
    await expect.poll(() => done.length, WAIT).toBe(20);
    await expect.poll(countJobs, WAIT).toBe(0);
    expect([...done].sort()).toEqual([...ids].sort());
  });
});

describe('the workers', () => {
  test('come back after the database went away while a job ran, and do it again', async () => {
    // graphile-worker writes the trace of a worker that is lost to the console, whatever its logger.
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const proxy = await startDatabaseProxy(testDatabase.url);
    let attempts = 0;
    let letGo = () => undefined as void;
    const away = new Promise<void>((resolve) => (letGo = resolve));
    const { errors } = start(
      async () => {
        attempts += 1;
        if (attempts === 1) await away;
      },
      { directUrl: proxy.url },
    );
    await add(randomUUID());
    await expect.poll(() => attempts, WAIT).toBe(1);
    await proxy.stop();
    letGo();
    await expect.poll(() => errors.length, WAIT).toBeGreaterThan(0);
    const again = await startDatabaseProxy(testDatabase.url, Number(new URL(proxy.url).port));
    await expect.poll(() => attempts, WAIT).toBe(2);
    await expect.poll(countJobs, WAIT).toBe(0);
    await Promise.all(running.map((jobs) => jobs.stop()));
    running = [];
    await again.stop();
  });

  test('take over what a process held that died without a word', async () => {
    await add(randomUUID());
    await query(
      `update graphile_worker._private_jobs set locked_by = 'worker-of-the-dead', locked_at = now() - interval '1 hour'`,
    );
    const done: string[] = [];
    start((id) => Promise.resolve(void done.push(id)));
    await expect.poll(() => done.length, WAIT).toBe(1);
  });

  test('keep their job while their process sends heartbeats, however long it takes, and lose it when it stops', async () => {
    let attempts = 0;
    let letGo = () => undefined as void;
    const long = new Promise<void>((resolve) => (letGo = resolve));
    const work = async () => {
      attempts += 1;
      await long;
    };
    const busy = start(work);
    await add(randomUUID());
    await expect.poll(() => attempts, WAIT).toBe(1);
    await busy.jobs.heartbeat();
    const holder = async () => (await query('select locked_by from graphile_worker._private_jobs'))[0];
    const held = await holder();
    const known = await query('select worker_id from job_workers');
    const other = start(work);
    await expect
      .poll(() => query('select worker_id from job_workers').then((rows) => rows.length), WAIT)
      .toBeGreaterThan(known.length);

    await query(`update graphile_worker._private_jobs set locked_at = now() - interval '1 hour'`);
    await other.jobs.heartbeat();
    expect([await holder(), attempts]).toEqual([held, 1]);

    // Without a heartbeat of its process the same lock is released by the same call.
    await query(`update job_workers set beat_at = now() - interval '1 hour' where worker_id = $1`, [
      (held as { locked_by: string }).locked_by,
    ]);
    await other.jobs.heartbeat();
    expect(await holder()).not.toEqual(held);
    await expect.poll(() => attempts, WAIT).toBe(2);
    letGo();
    await expect.poll(countJobs, WAIT).toBe(0);
  });

  test('finish what they have when they are stopped, take nothing more, and leave no connection', async () => {
    let letGo = () => undefined as void;
    const long = new Promise<void>((resolve) => (letGo = resolve));
    let ended = 0;
    let begun = 0;
    const { jobs } = start(async () => {
      begun += 1;
      await long;
      ended += 1;
    });
    await add(randomUUID());
    await expect.poll(() => begun, WAIT).toBe(1);
    const stopped = jobs.stop();
    const more = 3 * JOBS_AT_ONCE;
    await acrossOrganisations(database, 'tests: many jobs', async () => {
      for (let count = 0; count < more; count++) await enqueue('mail_link', randomUUID());
    });
    letGo();
    await stopped;
    // A worker whose query for a job was under way may have got one.
    expect(begun).toBeLessThanOrEqual(JOBS_AT_ONCE);
    expect([ended, await countJobs()]).toEqual([begun, 1 + more - begun]);
    const own = `select pid from pg_stat_activity where datname = current_database() and query ~ 'graphile_worker|job_workers' and pid <> pg_backend_pid()`;
    await expect.poll(() => query(own), WAIT).toEqual([]);
  });
});

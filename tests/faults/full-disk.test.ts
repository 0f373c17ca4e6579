import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runningEmbeddedUrl } from '#db/embedded/running.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { makeSupportProject, signUp } from '../support/sample-content.ts';
import { canMount, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

describe.skipIf(!canMount)('a full disk (only root can mount a small one)', () => {
  let disk: SmallDisk;
  let server: ServerProcess;
  let fetchPrompt: () => Promise<Response>;

  beforeAll(async () => {
    disk = await mountSmallDisk(150);
    server = await startServerProcess('build/server.mjs', {
      ...{ ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: join(disk.folder, 'data'), LOG_LEVEL: 'info' },
    });
    await server.ready();
    const person = await signUp(server.url);
    await makeSupportProject(person);
    const { token } = await person.trpc.apiKeys.create.mutate({
      ...{ organisation: person.organisation, name: 'program', scopes: ['read:prompts'] },
    });
    fetchPrompt = () =>
      fetch(`${server.url}/api/v1/prompts/by_address/support/emails/welcome`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await fetchPrompt()).status).toBe(200);
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.error(server.log());
  });
  afterAll(async () => {
    await server.stop();
    await disk.remove();
  });

  async function connect(): Promise<pg.Client> {
    const url = await runningEmbeddedUrl(join(disk.folder, 'data/database'));
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  const registerPage = async (): Promise<unknown> => {
    const response = await fetch(`${server.url}/register`, { headers: { accept: 'text/html' } });
    return [response.status, await response.text()];
  };

  const health = async (): Promise<unknown> => (await fetch(`${server.url}/health`)).json();

  const SENTENCE = 'The disk of the database is full';
  const FULL = { status: 'error', database: 'error', database_problem: expect.stringContaining(SENTENCE) };

  test('that PostgreSQL survives is named in the log and in /health until there is space', async () => {
    await disk.fill();
    await expect.poll(health, { timeout: 20_000 }).toMatchObject(FULL);
    expect(server.log()).toContain('The disk of the embedded database is full. Free about 200 MB on it.');
    await disk.free();
    await expect.poll(() => server.status('/health'), { timeout: 20_000 }).toBe(200);
    expect(server.log()).toContain('the disk of the embedded database has space again');
  });

  test('that stops PostgreSQL ends neither Anvil nor the data: both are back when there is space', async () => {
    const lines = server.log().length;
    const client = await connect();
    const insert = "insert into instance_log (id, action) values (gen_random_uuid(), 'before')";
    await client.query(insert);
    await disk.fill();
    // Grows the write-ahead log until it needs another file. PostgreSQL stops then.
    const grow = "select pg_logical_emit_message(true, 'test', repeat('x', 1000000))";
    const grows = () =>
      client.query(grow).then(
        () => true,
        () => false,
      );
    while (await grows());
    await expect
      .poll(() => server.log().slice(lines), { timeout: 60_000 })
      .toContain('Anvil starts it again');
    await expect
      .poll(() => server.log().slice(lines), { timeout: 60_000 })
      .toContain(
        `The disk of the embedded database in ${join(disk.folder, 'data/database')} is full. Free about 200 MB there.`,
      );
    await expect.poll(health).toMatchObject(FULL);
    expect(await server.status('/live')).toBe(200);
    await expect
      .poll(registerPage, { timeout: 20_000 })
      .toMatchObject([503, expect.stringContaining(SENTENCE)]);

    await disk.free();
    await expect.poll(() => server.status('/health'), { timeout: 60_000 }).toBe(200);
    const again = await connect();
    const { rows } = await again.query("select action from instance_log where action = 'before'");
    expect(rows).toHaveLength(1);
    await again.query(insert);
    await again.end();
    expect(await server.status('/register')).toBe(200);
  });
});

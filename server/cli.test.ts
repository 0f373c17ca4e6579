import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { startDatabaseProxy } from '#tests/support/database-proxy.ts';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { buildServerCommand, type ServerCommand } from '#tests/support/server-command.ts';
import { freePort } from '#tests/support/free-port.ts';
import { deriveSecretKeys } from './auth/secret-keys.ts';
import { useMailedLink } from './services/links.ts';

const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);

const LINK = /^http:\/\/localhost:4000\/link\?token=[\w-]{43}$/;

let testDatabase: TestDatabase;
let database: Database;
let command: ServerCommand;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  command = await buildServerCommand();
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
  await command.remove();
});

function anvilServer(args: string[], env: Record<string, string> = {}) {
  return command.run(args, { DATABASE_URL: testDatabase.url, ...env });
}

// Each command is a process; a busy machine takes its time over that.
describe('anvil-server', { timeout: 120_000 }, () => {
  it('refuses an unknown command with 2 and lists those that there are', async () => {
    const { code, stdout, stderr } = await anvilServer(['migrat']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^There is no command "migrat"\.\n\nanvil-server +starts the server/);
  });

  it('config:check names what is wrong and ends with 1', async () => {
    const { code, stderr } = await anvilServer(['config:check'], { PORT: 'x', SECRET_KEY_BASE: 'short' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The configuration is wrong:\n {2}(PORT|SECRET_KEY_BASE): /);
    expect(stderr).not.toContain('    at ');
  });

  it('migrate --wait waits for a database that can’t be reached, which migrate alone does not', async () => {
    const proxy = await startDatabaseProxy(testDatabase.url);
    // What a client sends first names the database.
    const failOnce = () => proxy.loseRequest('database');
    const lost = failOnce();
    const waiting = await anvilServer(['migrate', '--wait'], { DATABASE_URL: proxy.url });
    await lost;
    expect(waiting).toMatchObject({ code: 0, stdout: 'Nothing to migrate.\n' });
    expect(waiting.stderr).toMatch(/^Can't reach the database at .* Anvil waits until it answers\.\n$/);

    void failOnce();
    expect(await anvilServer(['migrate'], { DATABASE_URL: proxy.url })).toMatchObject({ code: 1 });
    await proxy.stop();
    expect((await anvilServer(['migrate', '--wai'])).code).toBe(2);
  });

  it('migrate:status lists what the database has', async () => {
    const { code, stdout } = await anvilServer(['migrate:status']);
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'done     0001-people']);
    expect(stdout).not.toContain('pending');
  });

  it('operator grant and revoke move the one operator; nobody of an unknown address', async () => {
    const first = await registerTestAccount(database);
    const second = await registerTestAccount(database);
    const operator = () =>
      acrossOrganisations(database, 'tests: the operator', async () =>
        currentTransaction().table('operators').pluck('user_id'),
      );
    expect(await operator()).toEqual([first.actor.userId]);
    expect((await anvilServer(['operator', 'grant', second.email.toUpperCase()])).code).toBe(0);
    expect(await operator()).toEqual([second.actor.userId]);
    expect((await anvilServer(['operator', 'revoke', first.email])).code).toBe(1);
    expect((await anvilServer(['operator', 'revoke', second.email])).code).toBe(0);
    expect(await operator()).toEqual([]);
    const unknown = await anvilServer(['operator', 'grant', 'nobody@example.com']);
    expect([unknown.code, unknown.stderr.trim()]).toEqual([1, 'Nobody is registered as nobody@example.com.']);
  });

  it('user reset-link prints a link alone, by which a new password is chosen; none for an unknown address', async () => {
    const account = await registerTestAccount(database);
    const { code, stdout } = await anvilServer(['user', 'reset-link', account.email.toUpperCase()]);
    expect([code, stdout.split('\n')]).toEqual([0, [expect.stringMatching(LINK), '']]);
    const token = new URL(stdout.trim()).searchParams.get('token') ?? '';
    // By the secrets of the process that made it: others would not know the link.
    const secretKeys = deriveSecretKeys({
      ...{ secretKeyBase: secret('a'), sessionSigningSalt: secret('b') },
      previous: undefined,
    });
    const context = { ...account.context, secretKeys, now: () => new Date() };
    const session = await useMailedLink(context, { token, password: 'four words nobody combines' });
    expect(session.organisationSlug).toBe(account.organisationSlug);
    const unknown = await anvilServer(['user', 'reset-link', 'nobody@example.com']);
    expect([unknown.code, unknown.stdout, unknown.stderr.trim()]).toEqual([
      ...[1, ''],
      'Nobody is registered as nobody@example.com.',
    ]);
    expect((await anvilServer(['user', 'delete', account.email])).code).toBe(2);
  });

  it('does not start in production as a superuser, nor with more connections than the database gives', async () => {
    const PORT = String(await freePort());
    const production = { NODE_ENV: 'production', APP_URL: 'https://anvil.acme.com', PORT };
    const superuser = await anvilServer([], { ...production, DATABASE_URL: inject('testServer').adminUrl });
    expect([superuser.code, superuser.stderr]).toEqual([1, expect.stringContaining('passes row security')]);
    const greedy = await anvilServer([], { ...production, POOL_SIZE: '1000' });
    expect([greedy.code, greedy.stderr]).toEqual([
      1,
      expect.stringContaining('takes 1009 database connections'),
    ]);
  });
});

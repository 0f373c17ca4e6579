import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { ConfigError } from '../config.ts';
import { checkConfig } from './config-check.ts';

const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function check(env: Record<string, string>, directUrl = testDatabase.url): Promise<string> {
  const lines: string[] = [];
  const environment = {
    ...{ NODE_ENV: 'test', DATABASE_URL: testDatabase.url },
    ...{
      SECRET_KEY_BASE: secret('a'),
      SESSION_SIGNING_SALT: secret('b'),
      SESSION_ENCRYPTION_SALT: secret('c'),
    },
    ...env,
  };
  try {
    await checkConfig(
      environment,
      (line) => lines.push(line),
      (_, work) => work({ directUrl }),
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    lines.push(error.message);
  }
  return lines.join('\n');
}

it('prints what is in effect and where it comes from, without a secret', async () => {
  const output = await check({ PORT: '4100' });
  expect(output).toMatch(/^PORT +4100 {2}\(environment\)$/m);
  expect(output).toMatch(/^SECRET_KEY_BASE +… \(64 characters\) {2}\(environment\)$/m);
  expect(output).toMatch(/The configuration is right\. Anvil will be at http:\/\/localhost:4100$/);
  expect(output).not.toContain(secret('a'));
});

it.each([
  [{}, 'TRUSTED_PROXIES is empty. The address of the client is the one that connects'],
  [
    { TRUSTED_PROXIES: '10.0.0.0/8' },
    '10.0.0.0 connects and sends "X-Forwarded-For: 192.0.2.66, 203.0.113.7". The address of the client is 203.0.113.7.',
  ],
  [
    { TRUSTED_PROXIES: '2' },
    '10.0.0.1 connects and sends "X-Forwarded-For: 192.0.2.66, 203.0.113.7, 198.51.100.1". The address of the client is 203.0.113.7.',
  ],
  [
    { TRUSTED_PROXIES: 'fdaa::/16', CLIENT_IP_HEADER: 'Fly-Client-IP' },
    'fdaa:: connects and sends "fly-client-ip: 203.0.113.7". The address of the client is 203.0.113.7.',
  ],
])('with %j it shows the address that a sample request gives', async (env, sentence) => {
  expect(await check(env)).toContain(`Sample request: ${sentence}`);
});

it('prints it above what is wrong, too', async () => {
  const output = await check({ PORT: 'x' });
  expect(output).toMatch(/^PORT +x {2}\(environment\)$/m);
  expect(output).toMatch(/The configuration is wrong:\n {2}PORT: a whole number/);
});

it('with API keys switched off it says how many were used within a day', async () => {
  const off = { ENABLE_API_KEYS: 'false' };
  expect(await check(off)).toContain('answered with 403, and 0 keys were used in the last 24 hours.');
  const { organisationId, actor } = await registerTestAccount(database);
  await acrossOrganisations(database, 'tests: keys used lately and long ago', async () => {
    for (const hours of [1, 30])
      await currentTransaction()
        .table('api_keys')
        .insert({
          ...{ organisationId, id: randomUUID(), name: `${hours} hours ago` },
          ...{ tokenSha256: `hash-${hours}`, tokenStart: 'ank_', scopes: [], limitedToProjects: false },
          ...{ authorKind: 'user', authorId: actor.userId },
          lastUsedAt: new Date(Date.now() - hours * 3_600_000),
        });
  });
  expect(await check(off)).toContain('and 1 key was used in the last 24 hours.');
  expect(await check(off, 'postgres://anvil@127.0.0.1:1/anvil')).toContain('the database could not be asked');
  expect(await check({})).not.toContain('24 hours');
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { buildAnvilCommand, type AnvilCommand } from '#tests/support/anvil-command.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import {
  createTestApiKey,
  createTestProject,
  registerTestAccount,
  type TestAccount,
} from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { realPrompts, realPromptsCsv, type RealPrompt } from '#tests/support/real-prompts.ts';

// The product's main promise on a whole public collection: what goes in by the command comes out by its address,
// character by character. Over real HTTP, by the real command, on a real database.

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let account: TestAccount;
let command: AnvilCommand;
let file: string;
let env: Record<string, string>;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  account = await registerTestAccount(database);
  command = await buildAnvilCommand();
  file = await command.write('real-prompts.csv', realPromptsCsv());
  const { token } = await createTestApiKey(account);
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  env = { ANVIL_URL: url, ANVIL_API_KEY: token };
});

afterAll(async () => {
  await command.remove();
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const PROMPTS = realPrompts();

async function ask(method: string, path: string, body?: object) {
  const answer = await fetch(`${env.ANVIL_URL}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${env.ANVIL_API_KEY}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: await answer.json() };
}

async function setOf(project: string): Promise<{ id: string; prompts: Map<string, string> }> {
  const sets = await ask('GET', `/projects/${project}/prompt_sets`);
  const { id } = sets.body.data[0];
  const prompts = new Map<string, string>();
  for (let cursor = ''; ;) {
    const page = await ask('GET', `/prompt_sets/${id}/prompts?limit=100${cursor}`);
    for (const { slug, sha256, revision } of page.body.data) prompts.set(slug, `${sha256} ${revision}`);
    if (!page.body.meta.has_more) return { id, prompts };
    cursor = `&cursor=${encodeURIComponent(page.body.meta.cursor)}`;
  }
}

/** By the rule as it is written, not by the code that converts: a name, and a default when there is a colon. */
const PLACEHOLDER = /\$\{([^{}:.()?$\r\n]{1,64})(?::([^}]*))?\}/gu;

/** What a prompt renders to, and the values for that: each placeholder without a default stands for its own text. */
function expectedOf(prompt: string): { text: string; bareNames: string[] } {
  const firstDefaults = new Map<string, string>();
  const names = new Set<string>();
  for (const [, name = '', given] of prompt.matchAll(PLACEHOLDER)) {
    names.add(name);
    if (given !== undefined && !firstDefaults.has(name)) firstDefaults.set(name, given);
  }
  const text = prompt.replaceAll(
    PLACEHOLDER,
    (source: string, name: string, given?: string) => given ?? firstDefaults.get(name) ?? source,
  );
  return { text, bareNames: [...names].filter((name) => !firstDefaults.has(name)) };
}

it('imports 1,517 real prompts; published as 1.0.0, each renders by its address to the original', async () => {
  expect(PROMPTS).toHaveLength(1517);
  const { slug: project } = await createTestProject(account, 'Collection');
  const args = ['import', file, '--project', project, '--set', 'prompts'];
  const first = await command.run(args, env);
  expect(first).toMatchObject({ code: 0 });
  expect(first.printed).toBe(
    `${project}/prompts: 1,517 rows: 1,517 created, 0 updated, 0 unchanged, 0 left, 0 failed\n`,
  );
  const imported = await setOf(project);
  expect([...imported.prompts.keys()].sort()).toEqual(PROMPTS.map((one) => one.slug).sort());

  const second = await command.run(args, env);
  expect(second.printed).toBe(
    `${project}/prompts: 1,517 rows: 0 created, 0 updated, 1,517 unchanged, 0 left, 0 failed\n`,
  );
  expect(await setOf(project)).toEqual(imported);

  const next = await ask('GET', `/prompt_sets/${imported.id}/next_version`);
  expect(next.body.next_version).toMatchObject({ number: '1.0.0', prompt_count: 1517, obstacle: null });
  const { checksum } = next.body.next_version;
  const version = await ask('POST', `/prompt_sets/${imported.id}/versions`, { checksum });
  expect([version.status, version.body.version?.number]).toEqual([201, '1.0.0']);

  const comesBack = async ({ row, slug, prompt }: RealPrompt) => {
    const address = `${project}/prompts/${slug}@1.0.0`;
    const fetched = await ask('GET', `/prompts/by_address/${address}`);
    expect([row, fetched.status]).toEqual([row, 200]);
    const { parameters } = fetched.body.prompt as { parameters: { name: string; required: boolean }[] };
    const { text, bareNames } = expectedOf(prompt);
    const required = parameters.filter((one) => one.required);
    expect([row, required.length]).toEqual([row, bareNames.length]);
    const values = Object.fromEntries(required.map(({ name }, index) => [name, `\${${bareNames[index]}}`]));
    const rendered = await ask('POST', `/render/${address}`, { values, strict: true });
    expect([row, rendered.status, rendered.body.text]).toEqual([row, 200, text]);
  };
  const waiting = [...PROMPTS];
  const worker = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await comesBack(one);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  // The collection does hold what this is about.
  expect(PROMPTS.flatMap(({ prompt }) => [...prompt.matchAll(PLACEHOLDER)]).length).toBeGreaterThan(1_000);
}, 180_000);

it('killed in the middle, a second run ends with the same set as an undisturbed one', async () => {
  const [whole, cut] = await Promise.all(
    ['Whole', 'Cut'].map(async (name) => (await createTestProject(account, name)).slug),
  );
  const args = (project = '') => ['import', file, '--project', project, '--set', 'prompts'];
  await command.run(args(whole), env);
  const undisturbed = await setOf(whole ?? '');

  const running = command.start(args(cut), env);
  await running.hasTold('500 rows read');
  running.child.kill('SIGKILL');
  const killed = await running.ended;
  expect(killed.printed).toBe('');

  const again = await command.run(args(cut), env);
  expect(again).toMatchObject({ code: 0 });
  const [, created = '0', unchanged = '0'] =
    /([\d,]+) created, 0 updated, ([\d,]+) unchanged/.exec(again.printed) ?? [];
  expect(Number(created.replace(',', ''))).toBeGreaterThan(0);
  expect(Number(unchanged.replace(',', ''))).toBeGreaterThanOrEqual(500);
  const ended = await setOf(cut ?? '');
  expect(ended.prompts).toEqual(undisturbed.prompts);
}, 120_000);

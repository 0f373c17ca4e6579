import { afterAll, beforeAll, expect, it } from 'vitest';
import { slugFromName } from '@anvil/core/slug';
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

/** By the rule as it is written, not by the code that converts: a name, and a default after a colon. */
const PLACEHOLDER = /\$\{([\p{L}\p{N}_][\p{L}\p{M}\p{N}_ '’/,&-]{0,63})(?::(?![-=+?])([^}]*))?\}/gu;

/** What a prompt renders to after its placeholders were converted: one without a default stands for its own text. */
function convertedText(prompt: string): { text: string; bareNames: string[] } {
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

const EXPECTED = {
  none: (prompt: string) => ({ text: prompt, bareNames: [] as string[] }),
  dollar: convertedText,
};

/** The lines of the report. */
const reportOf = (address: string, counts: string, dollar: string): string[] => [
  `${address}: 1,517 rows: ${counts}, 0 left, 0 failed`,
  `441 rows have \${name}: ${dollar}`,
  '4 rows have {{name}}: kept as text. Convert with --placeholders mustache.',
  '',
];

it.each(['none', 'dollar'] as const)(
  'imports 1,517 real prompts with placeholders=%s; published as 1.0.0, each renders by its address to the original',
  async (style) => {
    expect(PROMPTS).toHaveLength(1517);
    const { slug: project } = await createTestProject(account, `Collection ${style}`);
    const args = ['import', file, '--project', project, '--set', 'prompts', '--placeholders', style];
    const first = await command.run(args, env);
    expect(first).toMatchObject({ code: 0 });
    const isNote = (line: string) => / was numbered: /.test(line);
    const linesOf = (printed: string) => printed.split('\n').filter((line) => !isNote(line));
    const dollar = style === 'dollar' ? 'converted.' : 'kept as text. Convert with --placeholders dollar.';
    expect(linesOf(first.printed)).toEqual(
      reportOf(`${project}/prompts`, '1,517 created, 0 updated, 0 unchanged', dollar),
    );
    const numbered = PROMPTS.filter(
      ({ row, name, slug }) => slug !== slugFromName(name.trim(), `prompt-${row}`),
    );
    expect(first.printed.split('\n').filter(isNote)).toHaveLength(numbered.length);
    const imported = await setOf(project);
    expect([...imported.prompts.keys()].sort()).toEqual(PROMPTS.map((one) => one.slug).sort());

    const second = await command.run(args, env);
    expect(linesOf(second.printed)).toEqual(
      reportOf(`${project}/prompts`, '0 created, 0 updated, 1,517 unchanged', dollar),
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
      const { text, bareNames } = EXPECTED[style](prompt);
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
  },
  180_000,
);

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
  expect(killed.printed).not.toContain('rows: ');

  const again = await command.run(args(cut), env);
  expect(again).toMatchObject({ code: 0 });
  const [, created = '0', unchanged = '0'] =
    /([\d,]+) created, 0 updated, ([\d,]+) unchanged/.exec(again.printed) ?? [];
  expect(Number(created.replace(',', ''))).toBeGreaterThan(0);
  expect(Number(unchanged.replace(',', ''))).toBeGreaterThanOrEqual(500);
  const ended = await setOf(cut ?? '');
  expect(ended.prompts).toEqual(undisturbed.prompts);
}, 120_000);

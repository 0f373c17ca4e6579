// The aliases #… belong to the root package; client/ is one of its own.
import { transform } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '../db/connections.ts';
import { createTestDatabase, type TestDatabase } from '../tests/support/database.ts';
import { createTestApiKey, createTestProject, registerTestAccount } from '../tests/support/factories.ts';
import { testApp, type TestApp } from '../tests/support/http.ts';

// Installs the packed package into a strict project outside the repository, with @trpc/client and @trpc/server only.

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const modules = join(root, 'node_modules');

let folder: string;
let packed: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-outside-'));
  const options = { cwd: import.meta.dirname, maxBuffer: 10_000_000 };
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], options);
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = files.map(({ path }) => path).sort();
  await write('package.json', {
    ...{ name: 'outside', private: true, type: 'module' },
    dependencies: {
      '@anvil/client': `file:./${filename}`,
      '@trpc/client': `file:${modules}/@trpc/client`,
      '@trpc/server': `file:${modules}/@trpc/server`,
    },
  });
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, content: string | object): Promise<void> {
  await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
}

/** @returns the output of tsc, empty without errors */
async function compile(options: Record<string, unknown>): Promise<string> {
  await write('tsconfig.json', {
    compilerOptions: {
      ...{ target: 'ES2022', strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ skipLibCheck: false, noEmit: true, types: [], lib: ['ES2022', 'DOM'], ...options },
    },
    include: ['*.ts'],
  });
  return run(process.execPath, [join(modules, 'typescript/bin/tsc'), '-p', folder]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

/** Each line under a `@ts-expect-error` is an error only because nothing in the types is `any`. */
const GOOD_AND_BAD = `
import { createAnvilTrpcClient, type AppRouter, type MessageRole, type PromptView } from '@anvil/client';
import { TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';

const client = createAnvilTrpcClient({ url: 'http://localhost:4000', apiKey: 'ank_', fetch: globalThis.fetch });
// @ts-expect-error -- the key is missing
createAnvilTrpcClient({ url: 'http://localhost:4000' });

export async function use(): Promise<string[]> {
  const page = await client.prompts.list.query({ project: 'support', set: 'emails' });
  const slugs: string[] = page.data.map((prompt) => prompt.slug);
  const first = page.data[0];
  const change: 'new' | 'major' | 'minor' | 'patch' | null = first?.change ?? null;
  const prompt: PromptView = await client.prompts.get.query({ prompt_id: first?.id ?? '' });
  if (prompt.content.kind === 'chat') for (const message of prompt.content.messages) {
    slugs.push('placeholder' in message ? message.placeholder : message.role);
  } else slugs.push(prompt.content.template);
  await client.versions.publish.mutate({ set_id: prompt.set_id, checksum: 'c', number: '1.0.0' });
  await client.prompts.create.mutate({ name: 'A', content: { kind: 'text', template: 'Hello' } });
  const role: MessageRole = 'developer';
  await client.prompts.create.mutate({ name: 'B', content: { kind: 'chat', messages: [{ role, content: 'Hello' }] } });

  // @ts-expect-error -- a member's role isn't a message's role
  await client.prompts.create.mutate({ name: 'B', content: { kind: 'chat', messages: [{ role: 'owner', content: '' }] } });
  // @ts-expect-error -- an API key has no account
  client.accounts;
  // @ts-expect-error -- no such noun
  client.promts.list;
  // @ts-expect-error -- no such procedure
  client.prompts.remove;
  // @ts-expect-error -- a query is no mutation
  client.prompts.list.mutate;
  // @ts-expect-error -- a mutation is no query
  client.prompts.create.query;
  // @ts-expect-error -- the name is missing
  await client.prompts.create.mutate({ content: { kind: 'text', template: 'Hello' } });
  // @ts-expect-error -- another kind
  await client.prompts.create.mutate({ name: 'A', content: { kind: 'picture', template: 'Hello' } });
  // @ts-expect-error -- an unknown field
  await client.prompts.get.query({ promt: 'a' });
  // @ts-expect-error -- a text
  const number: number = prompt.slug;
  // @ts-expect-error -- no such field
  prompt.colour;
  // @ts-expect-error -- a chat has messages, a text has none
  prompt.content.messages;
  // @ts-expect-error -- may be null
  const latest: string = (await client.promptSets.get.query({ set_id: prompt.set_id })).latest;
  return [...slugs, String(change), String(number), latest];
}

export type CreateInput = inferRouterInputs<AppRouter>['prompts']['create'];
export type Versions = inferRouterOutputs<AppRouter>['versions']['list']['data'];
export const behaviour = (versions: Versions): boolean[] => versions.map((version) => version.behaviour);

export function reasonOf(error: unknown): string {
  if (!(error instanceof TRPCClientError)) return '';
  const known: TRPCClientError<AppRouter> = error;
  const status: number | undefined = known.data?.httpStatus;
  // @ts-expect-error -- a text
  const reason: number | undefined = known.data?.reason;
  return String(known.data?.reason) + String(status) + String(reason);
}
`;

const PROGRAM = `
import { createAnvilTrpcClient, type AppRouter } from '@anvil/client';
import { TRPCClientError } from '@trpc/client';

declare const process: { argv: string[] };
const [, , url = '', apiKey = '', project = ''] = process.argv;
let requests = 0;
const counting: typeof fetch = (...given) => {
  requests += 1;
  return fetch(...given);
};
const client = createAnvilTrpcClient({ url, apiKey, fetch: counting });
const set = await client.promptSets.create.mutate({ project, name: 'Emails' });
const content = { kind: 'text', template: 'Hello {{ name }}', parameters: [{ name: 'name', type: 'string', required: true }] } as const;
await client.prompts.create.mutate({ set_id: set.id, name: 'Welcome', content: { ...content, parameters: [...content.parameters] } });
const chat = await client.prompts.create.mutate({
  set_id: set.id,
  name: 'Answer',
  content: {
    kind: 'chat',
    messages: [{ role: 'system', content: 'You help {{ name }}.' }, { placeholder: 'history' }],
    parameters: [
      { name: 'name', type: 'string', required: true },
      { name: 'history', type: 'messages', required: true },
    ],
    config: '{"model": "small"}',
  },
});
if (chat.content.kind !== 'chat') throw new Error('Not a chat');
const { messages } = chat.content;
const saved = await client.prompts.update.mutate({
  prompt_id: chat.id,
  revision: chat.revision,
  content: {
    ...chat.content,
    messages: [...messages, { role: 'user', content: 'Answer in one sentence.' }],
    config: '{"model": "large"}',
  },
});
const { checksum } = await client.versions.next.query({ set_id: set.id });
const version = await client.versions.publish.mutate({ set_id: set.id, checksum });
requests = 0;
const many = await Promise.all(Array.from({ length: 45 }, () => client.prompts.get.query({ set_id: set.id, prompt: 'welcome' })));
const batches = requests;
const refused = await client.prompts.get.query({ set_id: set.id, prompt: 'nothing' }).catch((error: TRPCClientError<AppRouter>) => error.data);
console.log(JSON.stringify({ chat: saved.content, revision: saved.revision, address: version.address, many: many.map((one) => one.slug).filter((slug) => slug === 'welcome').length, batches, refused }));
`;

it('holds the built files, the licence and the documentation, and nothing else', () => {
  expect(packed).toEqual([
    ...['LICENSE', 'README.md', 'dist/app-router.d.ts', 'dist/cli.js', 'dist/index.d.ts', 'dist/index.js'],
    'package.json',
  ]);
});

it('has types that name nothing of the server and no package but tRPC', async () => {
  const dist = join(folder, 'node_modules/@anvil/client/dist');
  const names = (await readdir(dist)).filter((name) => name.endsWith('.d.ts'));
  const texts = await Promise.all(names.map((name) => readFile(join(dist, name), 'utf8')));
  const imports = texts.flatMap((text) => [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)]);
  const from = new Set(imports.map(([, path]) => path));
  expect([...from].sort()).toEqual(['./app-router.js', '@trpc/client', '@trpc/server']);
  expect(texts.join('\n')).not.toMatch(/\bany\b/);
});

const NODE_NEXT = { module: 'NodeNext', moduleResolution: 'NodeNext' };
const NODE_TYPES = { types: ['node'], typeRoots: [join(modules, '@types')] };

it.each([
  { project: 'a nodenext project', ...NODE_NEXT },
  { project: 'a bundler project', module: 'ESNext', moduleResolution: 'Bundler' },
  { project: 'a project with the types of Node', ...NODE_NEXT, ...NODE_TYPES },
  // @types/node declares no RequestInfo, which tRPC's types need where libraries are checked.
  { project: 'a project without DOM', ...NODE_NEXT, ...NODE_TYPES, lib: ['ES2022'], skipLibCheck: true },
])(
  'type-checks in $project outside, and refuses what is wrong',
  async ({ project: _, ...options }) => {
    await write('good-and-bad.ts', GOOD_AND_BAD);
    await write('program.ts', PROGRAM);
    expect(await compile(options)).toBe('');
  },
  120_000,
);

it('installs the command anvil', async () => {
  const { stdout } = await run(join(folder, 'node_modules/.bin/anvil'), ['import', '--help']);
  expect(stdout).toContain('anvil import FILE.csv --project P --set S');
});

it('works from outside with a real server: typed calls, errors with their reasons, 45 calls in three requests', async () => {
  const testDatabase: TestDatabase = await createTestDatabase();
  const database: Database = connect({ url: testDatabase.url });
  const server: TestApp = await testApp(database);
  try {
    const account = await registerTestAccount(database);
    const { slug } = await createTestProject(account);
    const { token } = await createTestApiKey(account);
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    await write('program.mjs', (await transform(PROGRAM, { loader: 'ts' })).code);
    const { stdout } = await run(process.execPath, [join(folder, 'program.mjs'), `${url}/`, token, slug]);
    expect(JSON.parse(stdout)).toMatchObject({
      address: `${slug}/emails@1.0.0`,
      chat: {
        kind: 'chat',
        messages: [
          { role: 'system', content: 'You help {{ name }}.' },
          { placeholder: 'history' },
          { role: 'user', content: 'Answer in one sentence.' },
        ],
        config: '{"model": "large"}',
      },
      revision: 2,
      many: 45,
      batches: 3,
      refused: { httpStatus: 404, reason: 'not_found', type: 'not_found' },
    });
  } finally {
    await server.close();
    await database.close();
    await testDatabase.drop();
  }
}, 120_000);

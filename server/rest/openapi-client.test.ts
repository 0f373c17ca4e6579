import { transform } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, createTestProject, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';

// Generates a client from the document in a strict project outside the repository, and runs it against a server.

const run = promisify(execFile);
const modules = resolve(import.meta.dirname, '../../node_modules');

let folder: string;
let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let url: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  server = await testApp(database);
  url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  folder = await mkdtemp(join(tmpdir(), 'anvil-openapi-'));
  await symlink(modules, join(folder, 'node_modules'));
  const types = await openapiTS(new URL(`${url}/api/v1/openapi.json`));
  const compilerOptions = {
    ...{
      target: 'ES2022',
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      lib: ['ES2022', 'DOM'],
      types: [],
    },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ skipLibCheck: false, noEmit: true },
  };
  await Promise.all([
    writeFile(join(folder, 'package.json'), '{ "type": "module" }'),
    writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] })),
    writeFile(join(folder, 'api.ts'), astToString(types)),
    writeFile(join(folder, 'journey.ts'), JOURNEY),
  ]);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await server.close();
  await database.close();
  await testDatabase.drop();
});

const JOURNEY = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

declare const process: { argv: string[] };
const [, , baseUrl = '', token = '', project = ''] = process.argv;
const api = createClient<paths>({ baseUrl, headers: { authorization: 'Bearer ' + token } });

function ok<T>(answer: { data?: T; error?: { error: { reason: string } } }): T {
  if (answer.data === undefined) throw new Error(answer.error?.error.reason);
  return answer.data;
}

const made = ok(await api.POST('/api/v1/projects/{project}/prompt_sets', { params: { path: { project } }, body: { name: 'Emails' } }));
const path = { set_id: made.prompt_set.id };
const content: components['schemas']['ContentInput'] = {
  kind: 'chat',
  messages: [{ role: 'system', content: 'Hello {{ name }}' }, { placeholder: 'history' }],
  parameters: [
    { name: 'name', type: 'string', required: true },
    { name: 'history', type: 'messages', required: true },
  ],
};
const created = await api.POST('/api/v1/prompt_sets/{set_id}/prompts', { params: { path }, body: { name: 'Answer', content } });
const etag = created.response.headers.get('etag') ?? '';
ok(
  await api.PATCH('/api/v1/prompts/{prompt_id}', {
    params: { path: { prompt_id: ok(created).prompt.id }, header: { 'If-Match': etag } },
    body: { content: { ...content, config: '{"model":"large"}' } },
  }),
);
const conflict = await api.PATCH('/api/v1/prompts/{prompt_id}', {
  params: { path: { prompt_id: ok(created).prompt.id }, header: { 'If-Match': etag } },
  body: { name: 'Too late' },
});
if (conflict.response.status !== 412) throw new Error('No conflict');

const imported = await api.POST('/api/v1/prompt_sets/{set_id}/import', {
  params: { path },
  headers: { 'content-type': 'text/csv' },
  body: 'name,prompt\\nWelcome,"Hi, \${name:friend}"\\n',
  bodySerializer: (csv) => csv,
  parseAs: 'text',
});
const report: components['schemas']['ImportReport'] = JSON.parse(String(imported.data).trim().split('\\n').at(-1) ?? '');

const next = ok(await api.GET('/api/v1/prompt_sets/{set_id}/next_version', { params: { path } }));
const { checksum } = next.next_version;
const { version } = ok(await api.POST('/api/v1/prompt_sets/{set_id}/versions', { params: { path }, body: { checksum } }));
const address = project + '/emails/answer@' + version.number;
const rendered = ok(
  await api.POST('/api/v1/render/{address}', {
    params: { path: { address } },
    body: { values: { name: 'Ada', history: [{ role: 'user', content: 'Hi' }] } },
  }),
);
const refused = await api.POST('/api/v1/render/{address}', { params: { path: { address } }, body: { values: {} } });
const reason: string | undefined = refused.error?.error.reason;
// @ts-expect-error -- no error has this reason
if (refused.error?.error.reason === 'made_up') throw new Error();
const ranges = ok(await api.POST('/api/v1/resolve', { body: { addresses: [address, project + '/emails/none'] } }));
console.log(JSON.stringify({ report, reason, rendered, ranges, number: version.number }));
`;

it('compiles under the strictest options, and writes, imports, publishes and renders', async () => {
  const compiled = await run(process.execPath, [join(modules, 'typescript/bin/tsc'), '-p', folder]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
  expect(compiled).toBe('');

  const account = await registerTestAccount(database);
  const { slug } = await createTestProject(account);
  const { token } = await createTestApiKey(account);
  await writeFile(join(folder, 'journey.js'), (await transform(JOURNEY, { loader: 'ts' })).code);
  const { stdout } = await run(process.execPath, [join(folder, 'journey.js'), url, token, slug]);
  expect(JSON.parse(stdout)).toMatchObject({
    report: { type: 'report', created: 1 },
    reason: 'values.invalid',
    rendered: {
      messages: [
        { role: 'system', content: 'Hello Ada' },
        { role: 'user', content: 'Hi' },
      ],
      config: { model: 'large' },
      version: '1.0.0',
    },
    ranges: { data: [{ version: '1.0.0' }, { error: { reason: 'not_found' } }] },
    number: '1.0.0',
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { signUp, type SignedIn } from '../support/sample-content.ts';
import { copyClone } from './support/clone.ts';
import { freePort } from '#tests/support/free-port.ts';
import { must } from './support/shell.ts';
import { WITHOUT_VITEST } from './support/suite.ts';
import { until } from './support/until.ts';
import { wordsOf, type Words } from './support/words.ts';

const PATIENT = { timeout: 900_000 };

let clone: string;
let readme: Words;
/** For what the README calls 4000, which others may have. */
let port: number;
let me: SignedIn;
let stop = () => Promise.resolve();

const asWritten = (block: string) => [...WITHOUT_VITEST, 'bash', '-euo', 'pipefail', '-c', block];
const run = (block: string, env: Record<string, string> = {}) =>
  must('env', asWritten(block), { cwd: clone, env: { no_proxy: 'localhost', ...env } });

beforeAll(async () => {
  clone = join(inject('runFolder'), 'clone');
  await copyClone(clone);
  port = await freePort();
  readme = await wordsOf('README.md');
});
afterAll(async () => {
  await stop();
  await rm(clone, { recursive: true, force: true });
});

test('a new clone serves a published prompt by the lines of the README', PATIENT, async () => {
  const server = spawn('env', asWritten(readme.block('npm start')), {
    cwd: clone,
    env: { ...process.env, PORT: String(port) },
    detached: true,
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  stop = async () => {
    if (server.exitCode === null && server.pid) process.kill(-server.pid, 'SIGTERM');
    await ended;
  };
  const url = `http://localhost:${port}`;
  const isReady = async () => {
    if (server.exitCode !== null) throw new Error(`Anvil ended with ${server.exitCode}`);
    return (await fetch(`${url}/ready`)).ok;
  };
  await until('Anvil being ready', isReady, { seconds: 600 });
  me = await signUp(url);
  const { token } = await me.trpc.organisations.publishFirstPrompt.mutate({
    organisation: me.organisation,
    template: 'You work for {{ shop }}. Answer: {{ question }}',
    values: { shop: 'Acme', question: 'Where is my parcel?' },
  });
  const answer = await run(readme.block('curl -X POST').replace('4000', String(port)), {
    ANVIL_API_KEY: token ?? '',
  });
  expect(answer).toContain('You work for Acme. Answer: Where is my parcel?');
});

test('and takes in the prompts that one has, a second time without a change', PATIENT, async () => {
  await me.trpc.projects.create.mutate({ name: 'Support' });
  const { token } = await me.trpc.apiKeys.create.mutate({ name: 'import', scopes: ['write:prompts'] });
  await writeFile(join(clone, 'prompts.csv'), 'name,prompt\nGreeting,"Write to ${Name:Ada}"\n');
  const env = { ANVIL_API_KEY: token, ANVIL_URL: `http://localhost:${port}` };
  const first = await run(readme.block('prompts.csv'), env);
  const second = await run(readme.block('prompts.csv'), env);
  expect(first).toMatch(/^support\/emails: 1 row: 1 created, /);
  expect(second).toMatch(/^support\/emails: 1 row: 0 created, 0 updated, 1 unchanged, /);
});

test('and makes a release by the lines of docs/deploy/single-server.md', PATIENT, async () => {
  const words = await wordsOf('docs/deploy/single-server.md');
  const path = (await run(words.block('npm run -s release'))).trim();
  expect(path).toMatch(/\/dist\/anvil-0\.1\.0-[0-9a-f]{12}\.tar\.gz$/);
  expect(await must('tar', ['-tzf', path])).toMatch(/^anvil-\S+\/deploy\/single_server_setup\.sh$/m);
});

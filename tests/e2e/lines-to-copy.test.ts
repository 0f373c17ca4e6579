import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import type { Parameter } from '@anvil/core/prompt';
import { findVariables, type FoundShape, type FoundVariable } from '@anvil/core/template/variables';
import { templateArbitrary } from '../../core/template/template.arbitrary.ts';
import { makeSupportProject, publish, signUp, type SignedIn } from '../support/sample-content.ts';
import { enter, useStage } from '../support/stage.ts';

const run = promisify(execFile);
const stage = useStage();
const lacks = (program: string): boolean => spawnSync(program, ['--version']).error !== undefined;

let me: SignedIn;
let key: string;
let folder: string;

beforeAll(async () => {
  me = await signUp(stage.server.url);
  await makeSupportProject(me);
  ({ token: key } = await me.trpc.apiKeys.create.mutate({ name: 'reader', scopes: ['read:prompts'] }));
  folder = await mkdtemp(join(tmpdir(), 'anvil-lines-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Answer {
  text?: string;
  messages?: { role: string; content: string }[];
  version: string;
}

/** What the prompts of the sample content say, and in which version. */
const PAGES = [
  { page: 'a prompt set', path: '', version: '1.1.1', says: /Summarise ticket/ },
  {
    page: 'a prompt set, another prompt',
    path: '?prompt=outage-notice',
    version: '1.1.1',
    says: /write again within the hour/,
  },
  { page: 'a prompt', path: '/refund', version: '1.1.1', says: /asks for a refund of order/ },
  { page: 'a label', path: '/-/labels?label=production', version: '1.1.0', says: /Summarise ticket/ },
  {
    page: 'a label, another prompt',
    path: '/-/labels?label=production&prompt=outage-notice',
    version: '1.1.0',
    says: /is not answering since/,
  },
  { page: 'latest', path: '/-/labels?label=latest', version: '1.1.1', says: /Summarise ticket/ },
  {
    page: 'a version',
    path: '/-/versions/1.1.0?prompt=outage-notice',
    version: '1.1.0',
    says: /is not answering since/,
  },
  { page: 'a first version', path: '/-/versions/1.0.0?prompt=welcome', version: '1.0.0', says: /Welcome/ },
];

describe('what a page shows to copy is what works', () => {
  test.skipIf(lacks('curl')).each(PAGES)('$page: curl (needs curl)', async ({ path, version, says }) => {
    const answer = await byCurl((await linesOf(path)).curl);
    expect(answer.version).toBe(version);
    expect(answer.text ?? JSON.stringify(answer.messages)).toMatch(says);
  });

  test.each(PAGES)('$page: TypeScript', async ({ path, says }) => {
    expect(JSON.stringify(await byTypeScript((await linesOf(path)).TypeScript))).toMatch(says);
  });

  test.skipIf(lacks('python3')).each(PAGES)('$page: Python (needs python3)', async ({ path, says }) => {
    expect(JSON.stringify(await byPython((await linesOf(path)).Python))).toMatch(says);
  });

  test('a prompt that is in no release has no lines: nothing would answer', async () => {
    const place = { organisation: me.organisation, project: 'support', set: 'emails' };
    const content = { kind: 'text' as const, template: 'Soon', parameters: [], config: '{}' };
    await me.trpc.prompts.create.mutate({ ...place, name: 'Fresh', content });
    const { context, page } = await enter(stage, { who: me });
    for (const [slug, count] of [
      ['refund', 1],
      ['fresh', 0],
    ] as const) {
      await page.goto(`/o/${me.organisation}/support/emails/${slug}`);
      await page.getByRole('heading', { name: 'Parameters' }).waitFor();
      expect(await page.getByLabel('curl that renders').count()).toBe(count);
    }
    await context.close();
  });

  test.skipIf(lacks('curl') || lacks('python3'))(
    'the lines of random prompts work, with open and with declared parameters (needs curl, python3)',
    async () => {
      const place = { organisation: me.organisation, project: 'support', set: 'random' };
      await me.trpc.promptSets.create.mutate({ project: 'support', name: 'Random' });
      const templates = fc.sample(templateArbitrary, 6);
      for (const [index, template] of templates.entries()) {
        const parameters = findVariables(template).map(({ name, ...shape }): Parameter =>
          index % 2 === 0 ? { name, type: shape.type, required: true } : declared({ name, ...shape }),
        );
        const content = { kind: 'text' as const, template, parameters, config: '{}' };
        await me.trpc.prompts.create.mutate({ ...place, name: `p${index}`, content });
      }
      await publish(me.trpc, place, 'Random');
      for (const [index, template] of templates.entries()) {
        const lines = await linesOf(`/-/versions/1.0.0?prompt=p${index}`, 'random');
        const answer = await byCurl(lines.curl);
        expect(answer.text, template).toBeTypeOf('string');
        // An empty text makes Python look for messages, as for a chat.
        if (answer.text === '') continue;
        expect(await byTypeScript(lines.TypeScript), template).toBe(answer.text);
        expect(await byPython(lines.Python), template).toBe(answer.text);
      }
    },
  );

  test('what the button copies is what is shown', async () => {
    const { context, page } = await enter(stage, { who: me });
    await page.goto(`/o/${me.organisation}/support/emails`);
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByText('Copied').first().waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(await lineOf(page, 'curl'));
    await context.close();
  });
});

/** A parameter as "Add all" declares it. */
function declared({ name, ...shape }: FoundVariable): Parameter {
  return { name, required: true, ...declaredShape(shape) };
}
function declaredShape({ type, fields, items }: FoundShape): Omit<Parameter, 'name' | 'required'> {
  return {
    type,
    ...(fields ? { fields: fields.map(declared) } : {}),
    ...(items ? { items: declaredShape(items) } : {}),
  };
}

type Language = 'curl' | 'TypeScript' | 'Python';

/** The lines of a page, read once. */
const read = new Map<string, Promise<Record<Language, string>>>();
function linesOf(path: string, set = 'emails'): Promise<Record<Language, string>> {
  const known = read.get(set + path) ?? readLines(path, set);
  read.set(set + path, known);
  return known;
}

async function readLines(path: string, set: string): Promise<Record<Language, string>> {
  const { context, page } = await enter(stage, { who: me });
  await page.goto(`/o/${me.organisation}/support/${set}${path}`);
  const curl = await lineOf(page, 'curl');
  const typeScript = await lineOf(page, 'TypeScript');
  const python = await lineOf(page, 'Python');
  await context.close();
  return { curl, TypeScript: typeScript, Python: python };
}

async function lineOf(page: Page, language: Language): Promise<string> {
  return (await page.locator(`pre[aria-label^="${language} that renders"]`).textContent()) ?? '';
}

/** As a person runs them: the key is in the environment, the line stands as it is. */
const withKey = () => ({ env: { ...process.env, ANVIL_API_KEY: key } });

async function byCurl(line: string): Promise<Answer> {
  const { stdout } = await run('bash', ['-c', line], withKey());
  return JSON.parse(stdout) as Answer;
}

/** What is printed comes back as JSON: one line more says it so, after those of the page. */
async function byTypeScript(lines: string): Promise<unknown> {
  const file = join(folder, 'lines.mjs');
  await writeFile(file, `console.log = (said) => process.stdout.write(JSON.stringify(said));\n${lines}\n`);
  const { stdout } = await run(process.execPath, [file], withKey());
  return JSON.parse(stdout) as unknown;
}

async function byPython(lines: string): Promise<unknown> {
  const file = join(folder, 'lines.py');
  await writeFile(
    file,
    `import json as j\nprint = lambda said: __import__("sys").stdout.write(j.dumps(said))\n${lines}\n`,
  );
  const { stdout } = await run('python3', [file], withKey());
  return JSON.parse(stdout) as unknown;
}

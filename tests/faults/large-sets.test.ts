import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { updatePrompt } from '#server/services/prompts.ts';
import { getNextVersion } from '#server/services/versions/proposal.ts';
import { publishVersion } from '#server/services/versions/publish.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { startBuiltServer, type RunningServer } from '#tests/support/running-server.ts';

// A set with more text than the heap holds, which is listed, compared, previewed and fetched by many callers at once.

const PROMPTS = 100;
const CALLERS = 15;

let server: RunningServer;
let database: Database;
let set: TestSet;
let token: string;

const largeText = (n: number, words: string) =>
  textPrompt(`${n} ${words.repeat(Math.ceil(250_000 / words.length))}`);

beforeAll(async () => {
  server = await startBuiltServer({ NODE_OPTIONS: '--max-old-space-size=256', LOG_LEVEL: 'error' });
  database = connect({ url: server.databaseUrl });
  const account = await registerTestAccount(database);
  token = (await createTestApiKey(account)).token;
  const slugs = Array.from({ length: PROMPTS }, (_, n) => `p${n}`);
  set = await makeSet(account.context, {
    ...Object.fromEntries(slugs.map((slug, n) => [slug, largeText(n, 'Be brief. ')])),
    all: textPrompt(slugs.map((slug) => `{% render '${slug}' %}`).join('')),
  });
  const { checksum } = await getNextVersion(account.context, set.ref);
  await publishVersion(account.context, { ...set.ref, changelog: '', checksum });
  for (const [n, slug] of slugs.entries()) {
    const { id, revision } = set.prompts[slug] ?? expect.fail(`${slug} is missing`);
    await updatePrompt(account.context, { prompt_id: id, revision, content: largeText(n, 'Be exact. ') });
  }
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

async function ask(method: string, path: string, body?: object): Promise<string> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  return response.ok ? '200' : `${response.status} ${text}`;
}

it.each<[what: string, ask: () => Promise<string>, answer: RegExp]>([
  ['the list of its prompts', () => ask('GET', `/prompt_sets/${set.id}/prompts?limit=100`), /^200$/],
  ['its next version', () => ask('GET', `/prompt_sets/${set.id}/next_version`), /^200$/],
  [
    'the list of a version’s prompts',
    () => ask('GET', `/prompt_sets/${set.id}/versions/1.0.0/prompts?limit=100`),
    /^200$/,
  ],
  [
    'a fetch of a prompt that renders all',
    () => ask('GET', `/prompts/by_address/${set.address}/all@1.0.0`),
    /^200$/,
  ],
  [
    'a render of it',
    () => ask('POST', `/render/${set.address}/all@1.0.0`, {}),
    /^422 .*render\.prompts_too_large/,
  ],
  [
    'a render of its draft',
    () => ask('POST', `/render/${set.address}/all@draft`, {}),
    /^422 .*render\.prompts_too_large/,
  ],
])('%s, asked by many at once, fits into a small heap', async (_what, askOnce, answer) => {
  const answers = await Promise.all(Array.from({ length: CALLERS }, askOnce));
  for (const one of answers) expect(one).toMatch(answer);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt, type TestSet } from '#tests/support/prompts.ts';
import { previewPrompt } from './previews.ts';
import { archivePrompt } from './prompt-archive.ts';
import { listPrompts, updatePrompt } from './prompts.ts';

let testDatabase: TestDatabase;
let database: Database;
let account: TestAccount;
let set: TestSet;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  account = await registerTestAccount(database);
  set = await makeSet(account.context, {
    tone: textPrompt('Be {{ mood }}.', ['mood']),
    outer: textPrompt('({% render "tone", mood: mood %})', ['mood']),
    gone: textPrompt('Gone'),
  });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

function preview(content: Parameters<typeof previewPrompt>[1]['content'], values?: Record<string, string>) {
  return previewPrompt(account.context, { ...set.ref, content, values });
}

describe('the result', () => {
  test('is the text, with the given values and examples for the others; nothing is saved', async () => {
    const before = await listPrompts(account.context, { ...set.ref, limit: 10, archived: false });
    const { result, values, problems } = await preview(textPrompt('{{ a }}, {{ b }}', ['a', 'b']), {
      a: 'Ada',
    });
    expect(values).toEqual({ a: 'Ada', b: expect.any(String) as string });
    expect([result, problems]).toEqual([{ text: `Ada, ${values.b as string}` }, []]);
    expect(await listPrompts(account.context, { ...set.ref, limit: 10, archived: false })).toEqual(before);
  });

  test('of a chat is its messages', async () => {
    const messages = [
      { role: 'system' as const, content: 'You help {{ name }}.' },
      { role: 'user' as const, content: 'Hello' },
    ];
    const { parameters, config } = textPrompt('', ['name']);
    const { result } = await preview({ kind: 'chat', messages, parameters, config }, { name: 'Ada' });
    expect(result).toEqual({
      messages: [
        { role: 'system', content: 'You help Ada.' },
        { role: 'user', content: 'Hello' },
      ],
    });
  });

  test('takes prompts of the draft as they were saved last, through another too', async () => {
    const content = textPrompt('{% render "outer", mood: mood %}!', ['mood']);
    expect((await preview(content, { mood: 'kind' })).result).toEqual({ text: '(Be kind.)!' });
    const tone = set.prompts.tone;
    await updatePrompt(account.context, {
      ...{ prompt_id: tone?.id ?? '', revision: 1 },
      content: textPrompt('Stay {{ mood }}.', ['mood']),
    });
    expect((await preview(content, { mood: 'kind' })).result).toEqual({ text: '(Stay kind.)!' });
  });
});

describe('what is wrong comes back as problems and as the reason, not as an error', () => {
  test('a syntax error, with its line', async () => {
    const { result, problems } = await preview(textPrompt('One\nHello {{ name'));
    expect(problems[0]).toMatchObject({ severity: 'syntax', place: { part: 'template', line: 2 } });
    expect(result).toEqual({ error: problems[0]?.message });
  });

  test('a variable that is no parameter', async () => {
    const { result, problems } = await preview(textPrompt('Hello {{ nobody }}'));
    expect(problems).toEqual([expect.objectContaining({ severity: 'error' })]);
    expect(result).toEqual({ error: expect.stringContaining('nobody') as string });
  });

  test('a warning does not stop the result', async () => {
    const { result, problems } = await preview(textPrompt('Hello', ['unused']));
    expect(problems.map((problem) => problem.severity)).toEqual(['warning']);
    expect(result).toEqual({ text: 'Hello' });
  });

  test('a prompt that is not in the draft, or archived there', async () => {
    await archivePrompt(account.context, { prompt_id: set.prompts.gone?.id ?? '', revision: 1 });
    for (const slug of ['missing', 'gone']) {
      const { result, problems } = await preview(textPrompt(`{% render "${slug}" %}`));
      expect([slug, problems.length]).toEqual([slug, 1]);
      expect(result).toEqual({ error: expect.stringContaining(slug) as string });
    }
  });

  test('a value of the wrong type', async () => {
    const content = textPrompt('{{ a }}', ['a']);
    const { result } = await previewPrompt(account.context, { ...set.ref, content, values: { a: 3 } });
    expect(result).toEqual({ error: expect.stringContaining('a') as string });
  });

  test('a template that would run for ever or fill the memory: an answer all the same, and the next one works', async () => {
    for (const hostile of [
      '{% for a in (1..100000) %}{% for b in (1..100000) %}{{ a }}{% endfor %}{% endfor %}',
      `{% assign s = "${'x'.repeat(1_000)}" %}{% for i in (1..40) %}{% assign s = s | append: s %}{% endfor %}{{ s | size }}`,
    ]) {
      const { result } = await preview(textPrompt(hostile));
      expect(result).toEqual({ error: expect.any(String) as string });
    }
    expect((await preview(textPrompt('{% if true %}fine{% endif %}'))).result).toEqual({ text: 'fine' });
  });
});

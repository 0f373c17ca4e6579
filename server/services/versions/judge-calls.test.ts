import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Parameter, TextContent } from '@anvil/core/prompt';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { makeSet, type TestSet } from '#tests/support/prompts.ts';
import { stopped } from '../../render/job.ts';
import type { Context } from '../context.ts';
import { updatePrompt } from '../prompts.ts';
import { getNextVersion } from './proposal.ts';
import { publishVersion } from './publish.ts';

let testDatabase: TestDatabase;
let database: Database;
let context: Context;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url, poolSize: 5 });
  ({ context } = await registerTestAccount(database));
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const open = (type: 'object' | 'list'): Parameter[] => [{ name: 'o', type, required: true }];
function text(template: string, parameters: Parameter[]): TextContent {
  return { kind: 'text', template, parameters, config: '{}' };
}

async function publish(set: TestSet): Promise<void> {
  const { checksum } = await getNextVersion(context, set.ref);
  await publishVersion(context, { ...set.ref, changelog: '', checksum });
}

/** Computes the next version of a set after some of its prompts have changed. */
async function nextAfter(
  before: Record<string, TextContent>,
  after: Record<string, TextContent>,
  by = context,
) {
  const set = await makeSet(context, before);
  await publish(set);
  for (const [slug, content] of Object.entries(after)) {
    const prompt = set.prompts[slug];
    if (!prompt) throw new Error(`The set has no prompt ${slug}`);
    await updatePrompt(context, { prompt_id: prompt.id, revision: prompt.revision, content });
  }
  return getNextVersion(by, set.ref);
}

describe('a number promises that calls still render', () => {
  const list: Parameter[] = [{ name: 'l', type: 'list', required: true, items: { type: 'string' } }];
  const fields: Parameter[] = [
    { name: 'o', type: 'object', required: true, fields: [{ name: 'a', type: 'string', required: true }] },
  ];
  const rows: Parameter[] = [
    { name: 'l', type: 'list', required: true, items: { type: 'object', fields: fields[0]?.fields ?? [] } },
  ];
  test.each<[string, TextContent, TextContent, object]>([
    ['an index', text("{{ l | join: ',' }}", list), text('{{ l[0] }}', list), { l: [] }],
    ['first', text('{{ l }}', list), text('{{ l.first }}', list), { l: [] }],
    ['a key', text('{{ o.a }}', open('object')), text('{{ o.a }}{{ o.b }}', open('object')), { o: { a: 'x' } }],
    [
      'a key of an item',
      text('{% for x in o %}{{ x.a }}{% endfor %}', open('list')),
      text('{% for x in o %}{{ x.b }}{% endfor %}', open('list')),
      { o: [{ a: 'x' }] },
    ],
    ['a field of an opened object', text('{{ o.a }}', fields), text('{{ o.a }}{{ o.zz }}', open('object')), { o: { a: 'x' } }],
    [
      'a field of opened items',
      text('{% for i in l %}{{ i.a }}{% endfor %}', rows),
      text('{% for i in l %}{{ i.b }}{% endfor %}', [{ name: 'l', type: 'list', required: true }]),
      { l: [{ a: 'x' }] },
    ],
    [
      'a default that is gone',
      text("{{ n | split: ',' | first }}", [{ name: 'n', type: 'string', required: false, default: 'a,b' }]),
      text("{{ n | split: ',' | first }}", [{ name: 'n', type: 'string', required: false }]),
      {},
    ],
  ])('%s that a call may lack is major, with the smallest call that shows it', async (_, before, after, values) => {
    expect(await nextAfter({ p: before }, { p: after })).toMatchObject({
      number: '2.0.0',
      level: 'major',
      witness: { prompt: 'p', values, needs_strict: false },
      not_judged: [],
    });
  }); // prettier-ignore

  test('a prompt that renders a changed one is judged too', async () => {
    const parameters: Parameter[] = [{ name: 'x', type: 'object', required: true }];
    const next = await nextAfter(
      { tone: text("{{ x.a | default: '' }}", parameters), main: text("{% render 'tone', x: o %}", open('object')) },
      { tone: text('{{ x.b }}', parameters) },
    );
    expect(next.changes.filter(({ level }) => level === 'major').map(({ prompt, sentence }) => [prompt, sentence])).toEqual([
      ['main', '`main` now fails when `o.b` is missing.'],
      ['tone', '`tone` now fails when `x.b` is missing.'],
    ]);
  }); // prettier-ignore

  test('a guarded read is a patch', async () => {
    const next = await nextAfter(
      { p: text('{{ o.a }}', open('object')) },
      { p: text('{{ o.a }}{% if o.b %}{{ o.b }}{% endif %}', open('object')) },
    );
    expect(next).toMatchObject({ number: '1.0.1', witness: null });
  });
});

describe('a witness was rendered by both versions', () => {
  test('and says that it needs strict if only that makes it fail', async () => {
    const gone = text('Hi', []);
    expect(await nextAfter({ p: text('Hi {{ o }}', open('object')) }, { p: gone })).toMatchObject({
      witness: { needs_strict: true },
    });
  });

  test('of fields that are declared on an open object it is one that rendered before', async () => {
    const fields: Parameter[] = [
      { name: 'o', type: 'object', required: true, fields: [{ name: 'a', type: 'string', required: true }] },
    ];
    const next = await nextAfter({ p: text('{{ o.a }}', open('object')) }, { p: text('{{ o.a }}', fields) });
    expect(next.witness).toMatchObject({ values: { o: { a: expect.anything() as unknown } } });
  });
});

test('a machine that is too busy to render the calls gives no number instead of another one', async () => {
  const busy: Context = {
    ...context,
    renderer: { ...context.renderer, judge: () => Promise.resolve(stopped('render.busy', 'Busy.')) },
  };
  const work = nextAfter(
    { p: text('{{ o.a }}', open('object')) },
    { p: text('{{ o.a }}.', open('object')) },
    busy,
  );
  await expect(work).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', reason: 'busy' });
});

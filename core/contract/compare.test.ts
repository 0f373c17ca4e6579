import { describe, expect, it } from 'vitest';
import type { ChatMessage, PromptContent } from '../prompt.ts';
import { compareContracts, type ContractComparison } from './compare.ts';

function prompt(part: Partial<PromptContent>): PromptContent {
  return { kind: 'text', template: '', parameters: [], config: '{}', ...part } as PromptContent;
}
function chat(...messages: ChatMessage[]): PromptContent {
  return prompt({ kind: 'chat', messages });
}
function compare(before: PromptContent, after: PromptContent): ContractComparison {
  return compareContracts(new Map([['p', before]]), new Map([['p', after]]));
}
const system = { role: 'system', content: 'x' } as const;
const user = { role: 'user', content: 'x' } as const;

describe('the order of changes', () => {
  const text = (template: string, config: object = {}) =>
    prompt({ template, config: JSON.stringify(config) });

  it('is by level, with what isn’t judged before patches, then by prompt, whatever the order of the prompts', () => {
    const tools = (anyOf: object[]) => ({ tools: [{ name: 't', parameters: { anyOf } }] });
    const before = { b: text('1'), a: text('1'), d: text('', tools([])), gone: text('') };
    const after = { a: text('2'), new: text(''), d: text('', tools([{}])), b: text('2', { model: 'm' }) };
    const { level, changes } = compareContracts(
      new Map(Object.entries(before)),
      new Map(Object.entries(after)),
    );
    expect(level).toBe('major');
    expect(changes.map((change) => `${change.prompt} ${change.rule}`)).toEqual([
      'gone prompt.gone',
      'b config.model_changed',
      'new prompt.new',
      'd config.not_judged',
      'a text.changed',
      'b text.changed',
    ]);
    expect(changes.map((change) => Object.keys(change)).flat()).not.toContain('steps');
  });

  it('keeps the order in which one prompt’s changes were found', () => {
    const parameter = (name: string) => ({ name, type: 'string' as const, required: true });
    const names = ['c', 'a', 'b'];
    const { changes } = compare(prompt({}), prompt({ parameters: names.map(parameter) }));
    expect(changes.map(({ place }) => place)).toEqual(names);
  });
});

describe('the sentences of messages', () => {
  it.each<[ChatMessage[], ChatMessage[], string, string, string]>([
    [[system], [system, user], 'messages.appended', 'messages', '`p` returns one more message: user.'],
    [
      [system],
      [system, user, { placeholder: 'history' }],
      'messages.appended',
      'messages',
      '`p` returns 2 more messages: user, { placeholder: history }.',
    ],
    [
      [system, user],
      [user],
      'messages.resequenced',
      'messages',
      '`p` returns other messages: user instead of system, user.',
    ],
    [[system], [], 'messages.resequenced', 'messages', '`p` returns other messages: none instead of system.'],
    [
      [system, user],
      [system, { ...user, content: 'y' }],
      'text.changed',
      'messages[1]',
      '`p` text: 1 line changed.',
    ],
    [
      [system, user],
      [
        { ...system, content: 'y\nz' },
        { ...user, content: 'y' },
      ],
      'text.changed',
      'messages',
      '`p` text: 3 lines changed.',
    ],
    [
      [{ ...system, content: 'a\nb' }],
      [{ ...system, content: 'b\na' }],
      'text.changed',
      'messages[0]',
      '`p` text: lines moved.',
    ],
  ])('say what changes from %j to %j', (before, after, rule, place, sentence) => {
    expect(compare(chat(...before), chat(...after)).changes).toMatchObject([{ rule, place, sentence }]);
  });

  it('come with both sequences', () => {
    const { changes } = compare(chat(system), chat(system, user));
    expect(changes).toMatchObject([{ before: ['system'], after: ['system', 'user'] }]);
  });

  it('say which kind a prompt was and is, whichever way it changes', () => {
    expect(compare(prompt({}), chat()).changes).toMatchObject([
      { sentence: '`p` is a chat prompt now, it was a text prompt.', before: 'text', after: 'chat' },
    ]);
    expect(compare(chat(), prompt({})).changes).toMatchObject([
      { sentence: '`p` is a text prompt now, it was a chat prompt.', before: 'chat', after: 'text' },
    ]);
  });

  it('say when only an order differs', () => {
    const parameters = ['a', 'b'].map((name) => ({ name, type: 'string' as const, required: true }));
    const { level, changes } = compare(
      prompt({ parameters }),
      prompt({ parameters: [...parameters].reverse() }),
    );
    expect(level).toBe('patch');
    expect(changes).toMatchObject([
      { rule: 'parameter.described', place: '', sentence: '`p` lists its parameters in another order.' },
    ]);
  });
});

describe('the sentences of settings', () => {
  const config = (value: object | string) =>
    prompt({ config: typeof value === 'string' ? value : JSON.stringify(value) });
  it.each<[object | string, object | string, string[]]>([
    [{}, { model: 'm' }, ['`p` changes the model from none to "m".']],
    [{ provider: 'a' }, { provider: 'b' }, ['`p` changes the provider from "a" to "b".']],
    [{ provider: 'a' }, {}, ['`p` changes the provider from "a" to none.']],
    [{ a: 1, b: 1, c: 1 }, { a: 1, b: 2, d: 1 }, ['`p` has other settings: `b`, `c`, `d`.']],
    [
      { temperature: 1, functions: [{ name: 'f', parameters: { type: 'object', properties: {} } }] },
      { temperature: 2, functions: [] },
      [
        '`p` changes the schema of `functions` in a way that Anvil can’t judge. The number doesn’t cover this change.',
        '`p` has other settings: `temperature`.',
      ],
    ],
    [
      { generationConfig: { responseSchema: { type: 'STRING' } } },
      { generationConfig: { responseSchema: { type: 'INTEGER' } } },
      [
        '`p` changes the schema of `generationConfig` in a way that Anvil can’t judge. The number doesn’t cover this change.',
      ],
    ],
    [
      { format: { $ref: '#/a' } },
      {},
      [
        '`p` changes the schema of `format` in a way that Anvil can’t judge. The number doesn’t cover this change.',
      ],
    ],
    [{ properties: 'all' }, {}, ['`p` has other settings: `properties`.']],
    ['{"a":1}', '{ "a" : 1 }', ['`p` has other spaces in its config, which means the same.']],
    ['{"a":1,"b":2}', '{"b":2,"a":1}', ['`p` has a config that is written differently.']],
    ['{"a":"\\" b"}', '{"a": "\\" b"}', ['`p` has other spaces in its config, which means the same.']],
    // Stored before configs were checked: what can't be read counts as empty.
    ['[1]', '{', ['`p` has a config that is written differently.']],
  ])('say what changes from %j to %j', (before, after, sentences) => {
    expect(compare(config(before), config(after)).changes.map(({ sentence }) => sentence)).toEqual(sentences);
  });
});

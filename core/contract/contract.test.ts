import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkParameters } from '../parameter.ts';
import { contentSha256 } from '../checksum.ts';
import { draws, editParameters, makeParameters, makeValues, type Draw } from '../parameter.arbitrary.ts';
import type { ChatMessage, JsonObject, Parameter, PromptContent } from '../prompt.ts';
import { checkValues } from '../value.ts';
import { RULES } from './changes.ts';
import { compareContracts, locateChanges } from './compare.ts';
import { callsBrokenBy } from './witness.ts';

const RUNS = { numRuns: 10_000 };

/** Two lists of parameters: mostly one and what came of it by a few edits, for lists drawn apart are nearly all major. */
function makePair(draw: Draw): [Parameter[], Parameter[]] {
  const before = makeParameters(draw);
  return [before, draw(8) === 7 ? makeParameters(draw) : editParameters(draw, before)];
}

function isStrictlyValid(list: Parameter[], values: JsonObject): boolean {
  return checkValues(list, values, { strict: true }).ok;
}

/** A call that was valid by the old parameters and isn't by the new ones. */
function findBrokenCall(before: Parameter[], after: Parameter[]): JsonObject | undefined {
  return locateChanges(asPrompt(before), asPrompt(after))
    .filter(({ level }) => level === 'major')
    .flatMap((change) => callsBrokenBy(before, change))
    .find((call) => isStrictlyValid(before, call) && !isStrictlyValid(after, call));
}

describe('for any two contracts', () => {
  test('what is compared is valid, and a contract equals itself', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        const list = makeParameters(draw);
        expect(checkParameters(list)).toEqual([]);
        const same = compareContracts(asPrompt(list), asPrompt(structuredClone(list)));
        expect(same).toEqual({ level: 'none', behaviour: false, changes: [] });
      }),
      RUNS,
    );
  });

  test('not major: every strict call that was valid before is valid now', () => {
    let judged = 0;
    let pairs = 0;
    fc.assert(
      fc.property(draws, (draw) => {
        pairs += 1;
        const [before, after] = makePair(draw);
        if (compareContracts(asPrompt(before), asPrompt(after)).level === 'major') return;
        judged += 1;
        for (let calls = 0; calls < 4; calls += 1) {
          const call = makeValues(draw, before);
          expect(isStrictlyValid(before, call)).toBe(true);
          expect(checkValues(after, call, { strict: true })).toMatchObject({ ok: true });
        }
      }),
      RUNS,
    );
    // The generator has to bite: a good part of the pairs is not major.
    expect(judged).toBeGreaterThan(pairs / 5);
  });

  test('major: one of the suspected calls was valid and now isn’t; not major: none was', () => {
    let found = 0;
    let pairs = 0;
    fc.assert(
      fc.property(draws, (draw) => {
        pairs += 1;
        const [before, after] = makePair(draw);
        const { level } = compareContracts(asPrompt(before), asPrompt(after));
        const witness = findBrokenCall(before, after);
        expect(witness !== undefined).toBe(level === 'major');
        if (!witness) return;
        found += 1;
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(pairs / 5);
  });

  test('no change means equal content, and equal content means no change', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        const [before, after] = makePair(draw);
        const equal = contentSha256(onePrompt(before)) === contentSha256(onePrompt(after));
        const { level, changes } = compareContracts(asPrompt(before), asPrompt(after));
        expect([level === 'none', changes.length === 0]).toEqual([equal, equal]);
      }),
      RUNS,
    );
  });
});

function onePrompt(list: Parameter[], template = ''): PromptContent {
  return { kind: 'text', template, parameters: list, config: '{}' };
}
function asPrompt(list: Parameter[], template = ''): ReadonlyMap<string, PromptContent> {
  return new Map([['p', onePrompt(list, template)]]);
}

/** The rules that comparing two prompts finds. */
function rules(before: Partial<PromptContent>, after: Partial<PromptContent>): string[] {
  const whole = (part: Partial<PromptContent>): PromptContent =>
    ({ kind: 'text', template: '', parameters: [], config: '{}', ...part }) as PromptContent;
  const compared = compareContracts(new Map([['p', whole(before)]]), new Map([['p', whole(after)]]));
  for (const change of compared.changes) {
    expect(change.level).toBe(RULES[change.rule]);
    expect(change.sentence).toMatch(/^`p` .+\.$/);
  }
  return compared.changes.map((change) => change.rule);
}
const one = (parameter: Partial<Parameter>): Partial<PromptContent> => ({
  parameters: [{ name: 'a', type: 'string', required: true, ...parameter }],
});
const config = (value: unknown): Partial<PromptContent> => ({ config: JSON.stringify(value) });
const chat = (...messages: ChatMessage[]): Partial<PromptContent> => ({ kind: 'chat', messages });

describe('the call side', () => {
  const optional = { required: false };
  const cases: [string, Partial<PromptContent>, Partial<PromptContent>, string[]][] = [
    ['a parameter gone', one({}), {}, ['parameter.gone']],
    ['a parameter retyped', one({}), one({ type: 'number' }), ['parameter.retyped']],
    [
      'messages that become any list',
      one({ type: 'messages' }),
      one({ type: 'list' }),
      ['parameter.type_widened'],
    ],
    [
      'any list that becomes messages',
      one({ type: 'list' }),
      one({ type: 'messages' }),
      ['parameter.retyped'],
    ],
    ['a new required one', {}, one({}), ['parameter.new_required']],
    ['a new optional one', {}, one(optional), ['parameter.new_optional']],
    ['made required', one(optional), one({}), ['parameter.made_required']],
    ['made optional', one({}), one(optional), ['parameter.made_optional']],
    ['an enum put on', one({}), one({ enum: ['x'] }), ['parameter.enum_put_on']],
    ['an enum taken off', one({ enum: ['x'] }), one({}), ['parameter.enum_taken_off']],
    [
      'enum values lost and added',
      one({ enum: ['x', 'y'] }),
      one({ enum: ['y', 'z'] }),
      ['parameter.enum_lost', 'parameter.enum_added'],
    ],
    [
      'fields put on',
      one({ type: 'object' }),
      one({ type: 'object', fields: [] }),
      ['parameter.fields_put_on'],
    ],
    [
      'fields taken off',
      one({ type: 'object', fields: [] }),
      one({ type: 'object' }),
      ['parameter.fields_taken_off'],
    ],
    [
      'items put on',
      one({ type: 'list' }),
      one({ type: 'list', items: { type: 'string' } }),
      ['parameter.items_put_on'],
    ],
    [
      'items taken off',
      one({ type: 'list', items: { type: 'string' } }),
      one({ type: 'list' }),
      ['parameter.items_taken_off'],
    ],
    [
      'items retyped',
      one({ type: 'list', items: { type: 'string' } }),
      one({ type: 'list', items: { type: 'number' } }),
      ['parameter.retyped'],
    ],
    ['a default added', one(optional), one({ ...optional, default: 'x' }), ['parameter.default_changed']],
    ['a default removed', one({ ...optional, default: 'x' }), one(optional), ['parameter.default_changed']],
    ['no default is null', one(optional), one({ ...optional, default: null }), []],
    ['a description', one({}), one({ description: 'x' }), ['parameter.described']],
    ['a deprecation', one({}), one({ deprecated: 'Use b.' }), ['parameter.deprecated']],
    [
      'a field of an item',
      one({
        type: 'list',
        items: { type: 'object', fields: [{ name: 'f', type: 'string', required: true }] },
      }),
      one({ type: 'list', items: { type: 'object', fields: [] } }),
      ['parameter.gone'],
    ],
  ];
  test.each(cases)('%s', (_, before, after, expected) => {
    expect(rules(before, after)).toEqual(expected);
  });
});

describe('the return side', () => {
  const system = { role: 'system', content: 'x' } as const;
  const user = { role: 'user', content: 'x' } as const;
  const cases: [string, Partial<PromptContent>, Partial<PromptContent>, string[]][] = [
    ['the kind', {}, chat(system), ['kind.changed']],
    ['messages resequenced', chat(system, user), chat(user, system), ['messages.resequenced']],
    ['a message gone', chat(system, user), chat(system), ['messages.resequenced']],
    ['messages appended', chat(system), chat(system, user), ['messages.appended']],
    [
      'messages appended to changed ones',
      chat(system),
      chat({ ...system, content: 'y' }, user),
      ['messages.appended', 'text.changed'],
    ],
    [
      'a line moved to another message',
      chat({ ...system, content: 'a\nb' }, { ...user, content: 'c' }),
      chat({ ...system, content: 'a' }, { ...user, content: 'b\nc' }),
      ['text.changed'],
    ],
    ['another placeholder', chat({ placeholder: 'a' }), chat({ placeholder: 'b' }), ['messages.resequenced']],
    ['a message’s text', chat(system), chat({ ...system, content: 'y' }), ['text.changed']],
    ['the text', { template: 'a' }, { template: 'b' }, ['text.changed']],
    ['the provider', config({ provider: 'a' }), config({ provider: 'b' }), ['config.provider_changed']],
    ['the model', config({ model: 'a' }), config({ model: 'b' }), ['config.model_changed']],
    ['other settings', config({ temperature: 0 }), config({ temperature: 1 }), ['config.changed']],
    ['spaces in config', { config: '{"a": "b  c"}' }, { config: '{ "a":"b  c" }' }, ['config.respaced']],
    ['spaces in a setting', { config: '{"a":"b c"}' }, { config: '{"a":"b  c"}' }, ['config.changed']],
    [
      'digits that JavaScript loses',
      { config: '{"a":9007199254740993}' },
      { config: '{"a":9007199254740992}' },
      ['config.changed'],
    ],
    [
      'model and settings',
      config({ model: 'a', t: 0 }),
      config({ t: 1 }),
      ['config.model_changed', 'config.changed'],
    ],
  ];
  test.each(cases)('%s', (_, before, after, expected) => {
    expect(rules(before, after)).toEqual(expected);
  });
});

test('prompts that come and go', () => {
  const [prompt] = asPrompt([]).values();
  const set = (...slugs: string[]) => new Map(slugs.map((slug) => [slug, prompt as PromptContent]));
  const { level, changes } = compareContracts(set('a', 'b'), set('b', 'c'));
  expect(level).toBe('major');
  expect(changes.map(({ rule, prompt: slug }) => [rule, slug])).toEqual([
    ['prompt.gone', 'a'],
    ['prompt.new', 'c'],
  ]);
});

test('the behaviour flag says that answers may differ, whatever the level', () => {
  const flag = (before: PromptContent['config'], after: PromptContent['config'], template = '') => {
    const prompt = (text: string): PromptContent => ({
      kind: 'text',
      template,
      parameters: [],
      config: text,
    });
    return compareContracts(new Map([['p', prompt(before)]]), new Map([['p', prompt(after)]])).behaviour;
  };
  expect(flag('{"temperature":0}', '{"temperature":1}')).toBe(true);
  expect(flag('{"temperature":0}', '{ "temperature": 0 }')).toBe(false);
  expect(compareContracts(asPrompt([], 'a'), asPrompt([], 'b')).behaviour).toBe(true);
  const described = (description: string): Parameter[] => [
    { name: 'a', type: 'string', required: true, description },
  ];
  expect(compareContracts(asPrompt(described('x')), asPrompt(described('y'))).behaviour).toBe(false);
});

test('sentences name the prompt, the place and what is new there, with long data cut', () => {
  const sentences = (before: Parameter[], after: Parameter[]) =>
    compareContracts(asPrompt(before), asPrompt(after)).changes.map(({ sentence }) => sentence);
  const tone: Parameter = { name: 'tone', type: 'string', required: false, default: 'warm' };
  const order: Parameter = { name: 'order', type: 'object', required: true };
  const id: Parameter = { name: 'id', type: 'number', required: true };
  expect(sentences([], [tone])).toEqual([
    '`p` has a new optional parameter `tone` (string, "warm" when not given).',
  ]);
  expect(sentences([order], [])).toEqual(['`p` lost the parameter `order`.']);
  expect(sentences([{ ...order, fields: [id, tone] }], [{ ...order, fields: [id] }])).toEqual([
    '`p` lost the field `order.tone`.',
  ]);
  expect(sentences([], [{ ...tone, default: 'x'.repeat(10_000) }])[0]).toBe(
    `\`p\` has a new optional parameter \`tone\` (string, "${'x'.repeat(58)}… when not given).`,
  );
});

test('a change carries old and new', () => {
  const id: Parameter = { name: 'id', type: 'number', required: true };
  const { changes } = compareContracts(asPrompt([id]), asPrompt([{ ...id, name: 'key', description: 'x' }]));
  expect(changes).toMatchObject([
    { rule: 'parameter.gone', place: 'id', before: id },
    { rule: 'parameter.new_required', place: 'key', after: { ...id, name: 'key', description: 'x' } },
  ]);
});

test('each rule has the level that product rules give it, typed by hand', () => {
  const of = (level: string) => Object.entries(RULES).flatMap(([rule, its]) => (its === level ? [rule] : []));
  const words = (text: string) => text.trim().split(/\s+/).sort();
  expect(of('major').sort()).toEqual(
    words(`prompt.gone parameter.gone parameter.retyped parameter.new_required parameter.made_required
      parameter.enum_lost parameter.enum_put_on parameter.fields_put_on parameter.items_put_on
      kind.changed messages.resequenced config.provider_changed config.tool_new config.tool_changed
      config.output_schema_put_on config.output_schema_taken_off config.output_property_gone
      config.output_property_retyped config.output_property_not_required config.output_form_changed
      config.output_widened template.needs_more template.call_breaks`),
  );
  expect(of('minor').sort()).toEqual(
    words(`prompt.new parameter.new_optional parameter.made_optional parameter.enum_added
      parameter.enum_taken_off parameter.fields_taken_off parameter.items_taken_off parameter.default_changed
      parameter.type_widened messages.appended config.model_changed config.tool_gone
      config.output_property_new config.output_narrowed config.tool_parameter_new config.tool_narrowed`),
  );
});

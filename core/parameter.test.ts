import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Parameter } from './prompt.ts';
import { isParameterName, RESERVED_NAMES, toParameterName } from './parameter-name.ts';
import { draws, editParameters, makeParameters } from './parameter.arbitrary.ts';
import { checkParameters, checkPlaceholders, PARAMETER_BOUNDS } from './parameter.ts';

const RUNS = { numRuns: 10_000 };

function found(...parameters: Parameter[]): [string, string | undefined, string][] {
  return checkParameters(parameters).map(({ rule, place, severity }) => [rule, place.path, severity]);
}

function text(name: string, rest: Partial<Parameter> = {}): Parameter {
  return { name, type: 'string', required: true, ...rest };
}

it('property: parameters that hold together have no problem, whatever is edited', () => {
  fc.assert(
    fc.property(draws, (draw) => {
      const parameters = makeParameters(draw);
      expect(checkParameters(parameters)).toEqual([]);
      expect(checkParameters(editParameters(draw, parameters))).toEqual([]);
    }),
    RUNS,
  );
});

it('names are letters, digits and _, no word of Liquid, and no other name of their level', () => {
  for (const name of ['a', '_', 'A1_b', 'constructor', 'nothing', 'Nil'])
    expect(found(text(name))).toEqual([]);
  for (const name of ['', '1a', 'a-b', 'a b', 'é', 'a.b', 'a\n']) {
    expect(found(text(name))).toEqual([['parameter.name_invalid', name, 'error']]);
  }
  for (const name of RESERVED_NAMES)
    expect(found(text(name))).toEqual([['parameter.name_reserved', name, 'error']]);
  expect(found(text('a'), text('a'))).toEqual([['parameter.name_taken', 'a', 'error']]);
  expect(found(text('a'), text('b', { type: 'object', fields: [text('a')] }))).toEqual([]);
  expect(found(text('a'.repeat(101)))[0]?.[0]).toBe('parameter.text_too_long');
  expect(RESERVED_NAMES).toEqual(
    'nil null true false empty blank and or not contains __proto__'.split(' '), // product rules, word for word
  );
  expect([isParameterName('a'), isParameterName('nil'), isParameterName('a b')]).toEqual([
    true,
    false,
    false,
  ]);
});

it('a name that is refused comes with one that is allowed', () => {
  for (const name of [
    'user-name',
    '1st_question',
    'réponse',
    '名前',
    'nil',
    '__proto__',
    'a'.repeat(200),
    '-',
  ]) {
    expect(isParameterName(toParameterName(name))).toBe(true);
  }
  expect(['Größe', 'ǾRE', 'straẞe'].map(toParameterName)).toEqual(['Grosse', 'ORE', 'straSSe']);
  expect(['user-name', '1st_question', 'réponse', '名前'].map(toParameterName)).toEqual([
    'user_name',
    'value_1st_question',
    'reponse',
    'value',
  ]);
  expect(checkParameters([text('user-name')])[0]?.message).toContain('Write `user_name`');
});

it('enum stands on strings and numbers only, with distinct values of the type', () => {
  expect(found(text('a', { enum: ['x', 'y'] }), text('b', { type: 'number', enum: [1] }))).toEqual([]);
  for (const values of [[], ['x', 'x'], ['x', 1]]) {
    expect(found(text('a', { enum: values }))).toEqual([['parameter.enum_invalid', 'a', 'error']]);
  }
  expect(found(text('a', { type: 'number', enum: [NaN] }))[0]?.[0]).toBe('parameter.enum_invalid');
  for (const type of ['boolean', 'list', 'object', 'messages'] as const) {
    expect(found(text('a', { type, enum: ['x'] }))).toEqual([['parameter.enum_not_allowed', 'a', 'error']]);
  }
  expect(found(text('a', { type: 'list', items: { type: 'string', enum: [] } }))).toEqual([
    ['parameter.enum_invalid', 'a[]', 'error'],
  ]);
});

it('a default fits its shape or is null, and only what is optional has one', () => {
  const optional = (rest: Partial<Parameter>) => found(text('a', { required: false, ...rest }));
  expect(optional({ default: null, enum: ['x'] })).toEqual([]);
  expect(optional({ default: 'x', enum: ['x'] })).toEqual([]);
  expect(optional({ default: 'y', enum: ['x'] })).toEqual([['parameter.default_invalid', 'a', 'error']]);
  expect(optional({ default: 1 })).toEqual([['parameter.default_invalid', 'a', 'error']]);
  expect(optional({ type: 'object', fields: [text('b')], default: { b: 'x', c: 1 } })).toEqual([
    ['parameter.default_invalid', 'a', 'error'],
  ]);
  expect(optional({ default: '\ud800' })).toEqual([['parameter.default_invalid', 'a', 'syntax']]);
  expect(found(text('a', { default: 'x' }))).toEqual([['parameter.default_on_required', 'a', 'error']]);
});

it('fields stand on objects, items on lists, messages at the first level', () => {
  expect(found(text('a', { fields: [text('b')] }))).toEqual([['parameter.fields_not_allowed', 'a', 'error']]);
  expect(found(text('a', { items: { type: 'string' } }))).toEqual([
    ['parameter.items_not_allowed', 'a', 'error'],
  ]);
  expect(found(text('a', { type: 'object', fields: [] }))).toEqual([
    ['parameter.fields_empty', 'a', 'error'],
  ]);
  expect(found(text('a', { type: 'messages' }))).toEqual([]);
  const nested = text('a', {
    type: 'object',
    fields: [text('b', { type: 'list', items: { type: 'messages' } })],
  });
  expect(found(nested)).toEqual([['parameter.messages_not_allowed', 'a.b[]', 'error']]);
  expect(found(text('a', { type: 'date' as 'string' }))).toEqual([['parameter.type_unknown', 'a', 'error']]);
});

it('places are paths through fields and items, after the prefix given', () => {
  const prices = text('items', { type: 'list', items: { type: 'object', fields: [text('1x')] } });
  const order = text('order', { type: 'object', fields: [prices] });
  expect(found(order)).toEqual([['parameter.name_invalid', 'order.items[].1x', 'error']]);
  expect(checkParameters([text('1x')], 'order').map(({ place }) => place.path)).toEqual(['order.1x']);
});

it('texts can be stored, and are not endless', () => {
  for (const key of ['description', 'deprecated'] as const) {
    expect(found(text('a', { [key]: 'a\0' }))).toEqual([['parameter.text_malformed', 'a', 'syntax']]);
    expect(found(text('a', { [key]: 'a'.repeat(2_001) }))).toEqual([
      ['parameter.text_too_long', 'a', 'syntax'],
    ]);
  }
  expect(found(text('a', { enum: ['\udc00'] }))).toEqual([['parameter.text_malformed', 'a', 'syntax']]);
  expect(found(text('a\0'))).toEqual([['parameter.text_malformed', 'a\0', 'syntax']]);
});

it('depth and count are bounded, and the walk ends there', () => {
  const nest = (depth: number): Parameter =>
    depth === 1 ? text('a') : text('a', { type: 'object', fields: [nest(depth - 1)] });
  expect(found(nest(PARAMETER_BOUNDS.depth))).toEqual([]);
  expect(found(nest(PARAMETER_BOUNDS.depth + 1)).map(([rule]) => rule)).toEqual(['parameter.too_deep']);
  expect(found(nest(2_000)).map(([rule]) => rule)).toEqual(['parameter.too_deep']);
  const many = (count: number) => found(...Array.from({ length: count }, (_, index) => text(`p${index}`)));
  expect(many(PARAMETER_BOUNDS.count)).toEqual([]);
  expect(many(100_000)).toEqual([['parameter.too_many', `p${PARAMETER_BOUNDS.count}`, 'syntax']]);
});

it('a placeholder names a parameter of type messages', () => {
  const parameters = [text('name'), text('history', { type: 'messages' })];
  const problems = checkPlaceholders(
    [
      { role: 'user', content: 'Hi' },
      { placeholder: 'history' },
      { placeholder: 'name' },
      { placeholder: 'x' },
    ],
    parameters,
  );
  expect(problems.map(({ rule, place }) => [rule, place.message])).toEqual([
    ['placeholder.not_messages', 2],
    ['placeholder.unknown', 3],
  ]);
});

it('problems are sentences that say what is so and what to do', () => {
  const sentences = checkParameters([text('nil'), text('1a'), text('a', { default: 'x' })]).map(
    ({ message }) => message,
  );
  expect(sentences).toEqual([
    '`nil` is a reserved word. Choose another name.',
    "`1a` can't be a name. Write `value_1a`: letters A to Z, digits and _, not beginning with a digit.",
    '`a` is required, so its default is never used: make it optional or remove the default.',
  ]);
});

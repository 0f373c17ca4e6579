import { describe, expect, it } from 'vitest';
import type { Parameter, ValueShape } from '../prompt.ts';
import { compareParameters } from './parameters.ts';

const BASE: Parameter = { name: 'a', type: 'string', required: true };
const only = (part: Partial<Parameter>): Parameter[] => [{ ...BASE, ...part }];
const field = (name: string, part: Partial<Parameter> = {}): Parameter => ({ ...BASE, name, ...part });

function compare(before: Parameter[], after: Parameter[]): string[] {
  return compareParameters(before, after, { prompt: 'p', steps: [] }).map(
    ({ rule, place, sentence }) => `${rule} ${place}: ${sentence}`,
  );
}

describe('the sentence of a change', () => {
  const optional = { required: false };
  it.each<[string, Parameter[], Parameter[]]>([
    ['parameter.gone a: `p` lost the parameter `a`.', only({}), []],
    ['parameter.new_required a: `p` has a new required parameter `a` (string).', [], only({})],
    ['parameter.new_optional a: `p` has a new optional parameter `a` (string, null when not given).', [], only(optional)],
    [
      'parameter.made_optional a: `p` no longer requires the parameter `a` ("x" when not given).',
      only({}), only({ ...optional, default: 'x' }),
    ],
    ['parameter.made_required a: `p` requires the parameter `a` now.', only(optional), only({})],
    [
      'parameter.default_changed a: `p` changes what `a` is when not given, from null to "x".',
      only(optional), only({ ...optional, default: 'x' }),
    ],
    [
      'parameter.default_changed a: `p` changes what `a` is when not given, from "x" to null.',
      only({ ...optional, default: 'x' }), only(optional),
    ],
    ['parameter.deprecated a: `p` deprecates the parameter `a`.', only({}), only({ deprecated: 'Use b.' })],
    ['parameter.deprecated a: `p` no longer deprecates the parameter `a`.', only({ deprecated: 'Use b.' }), only({})],
    ['parameter.described a: `p` describes `a` differently.', only({}), only({ description: 'x' })],
    ['parameter.described a: `p` describes `a` differently.', only({ description: 'x' }), only({})],
    ['parameter.retyped a: `p` changes `a` from a string to a number.', only({}), only({ type: 'number' })],
    ['parameter.retyped a: `p` changes `a` from an object to a list.', only({ type: 'object' }), only({ type: 'list' })],
    ['parameter.type_widened a: `p` changes `a` from messages to a list.', only({ type: 'messages' }), only({ type: 'list' })],
    ['parameter.enum_put_on a: `p` takes only "x", "y" for `a` now.', only({}), only({ enum: ['x', 'y'] })],
    ['parameter.enum_taken_off a: `p` takes any value for `a` now.', only({ enum: ['x'] }), only({})],
    ['parameter.enum_lost a: `p` no longer takes "x" for `a`.', only({ enum: ['x', 'y'] }), only({ enum: ['y'] })],
    ['parameter.enum_added a: `p` takes "y" for `a` too.', only({ enum: ['x'] }), only({ enum: ['x', 'y'] })],
    [
      'parameter.enum_added a: `p` takes 1, 2, 3, 4, 5 for `a` too.',
      only({ type: 'number', enum: [0] }), only({ type: 'number', enum: [0, 1, 2, 3, 4, 5] }),
    ],
    [
      'parameter.enum_added a: `p` takes 1, 2, 3, 4, 5 and 2 more for `a` too.',
      only({ type: 'number', enum: [0] }), only({ type: 'number', enum: [0, 1, 2, 3, 4, 5, 6, 7] }),
    ],
    [
      'parameter.fields_put_on a: `p` takes only declared fields in `a` now.',
      only({ type: 'object' }), only({ type: 'object', fields: [] }),
    ],
    [
      'parameter.fields_taken_off a: `p` takes any field in `a` now.',
      only({ type: 'object', fields: [] }), only({ type: 'object' }),
    ],
    [
      'parameter.items_put_on a: `p` takes only an object as an item of `a` now.',
      only({ type: 'list' }), only({ type: 'list', items: { type: 'object' } }),
    ],
    [
      'parameter.items_taken_off a: `p` takes any item in `a` now.',
      only({ type: 'list', items: { type: 'string' } }), only({ type: 'list' }),
    ],
    [
      'parameter.gone a.f: `p` lost the field `a.f`.',
      only({ type: 'object', fields: [field('f')] }), only({ type: 'object', fields: [] }),
    ],
    [
      'parameter.new_required a[].f: `p` has a new required field `a[].f` (string).',
      only({ type: 'list', items: { type: 'object', fields: [] } }),
      only({ type: 'list', items: { type: 'object', fields: [field('f')] } }),
    ],
  ])('%s', (line, before, after) => {
    expect(compare(before, after)).toEqual([line]);
  }); // prettier-ignore

  it('is one of each kind where an enum loses and gains', () => {
    expect(compare(only({ enum: ['x'] }), only({ enum: ['y'] }))).toEqual([
      'parameter.enum_lost a: `p` no longer takes "x" for `a`.',
      'parameter.enum_added a: `p` takes "y" for `a` too.',
    ]);
  });
});

it('nothing changes with the default of a required parameter, or where an enum is only sorted', () => {
  expect(compare(only({ default: 'x' }), only({ default: 'y' }))).toEqual([]);
  expect(compare(only({ enum: ['x', 'y'] }), only({ enum: ['y', 'x'] }))).toEqual([]);
  const same = only({ type: 'list', items: { type: 'object', fields: [field('f', { required: false })] } });
  expect(compare(same, structuredClone(same))).toEqual([]);
});

it('a change carries the values before and after, and the way to the parameter', () => {
  const changes = compareParameters(
    only({
      type: 'list',
      items: { type: 'object', fields: [field('f', { required: false, default: 'x' })] },
    }),
    only({
      type: 'list',
      items: { type: 'object', fields: [field('f', { required: false, deprecated: 'No.' })] },
    }),
    { prompt: 'p', steps: [] },
  );
  expect(changes).toMatchObject([
    { rule: 'parameter.default_changed', steps: ['a', null, 'f'], before: 'x', after: null },
    { rule: 'parameter.deprecated', steps: ['a', null, 'f'], before: '', after: 'No.' },
  ]);
  const judged = (before: Partial<Parameter>, after: Partial<Parameter>) =>
    compareParameters(only(before), only(after), { prompt: 'p', steps: [] });
  expect(judged({}, { description: 'x' })).toMatchObject([{ before: '', after: 'x' }]);
  expect(judged({}, { type: 'number' })).toMatchObject([{ before: 'string', after: 'number' }]);
  expect(judged({ enum: ['x'] }, {})).toMatchObject([{ before: ['x'] }]);
  expect(judged({}, { enum: ['x'] })).toMatchObject([{ after: ['x'] }]);
  expect(judged({ enum: ['x'] }, { enum: ['y'] })).toMatchObject([{ before: ['x'] }, { after: ['y'] }]);
  expect(compareParameters([], only({ required: false }), { prompt: 'p', steps: [] })).toMatchObject([
    { after: { name: 'a', type: 'string', required: false } },
  ]);
});

describe('lists and messages', () => {
  const role = field('role', { enum: ['user', 'assistant'] });
  const content = field('content');
  const items = (...fields: Parameter[]): ValueShape => ({ type: 'object', fields });
  const list = (shape?: ValueShape): Parameter[] => only({ type: 'list', ...(shape && { items: shape }) });
  const rules = (before: Parameter[], after: Parameter[]) =>
    compareParameters(before, after, { prompt: 'p', steps: [] }).map(({ rule }) => rule);
  const messages = only({ type: 'messages' });

  it.each<[string, ValueShape | undefined]>([
    ['of anything', undefined],
    ['of open objects', { type: 'object' }],
  ])('messages may become a list %s', (_, shape) => {
    expect(rules(messages, list(shape))).toEqual(['parameter.type_widened']);
  });

  it.each<[string, ValueShape]>([
    ['of texts', { type: 'string' }],
    ['of objects with declared fields', items(role, content)],
  ])('messages may not become a list %s', (_, shape) => {
    expect(rules(messages, list(shape))).toEqual(['parameter.retyped']);
  });

  it.each<[string, ValueShape]>([
    ['a text as content', items(role, content)],
    [
      'a list as content, whatever else they have',
      items(field('x'), role, field('content', { type: 'list' })),
    ],
  ])('a list may become messages whose items have a role and %s', (_, shape) => {
    expect(rules(list(shape), messages)).toEqual(['parameter.type_widened']);
  });

  it.each<[string, ValueShape | undefined]>([
    ['anything', undefined],
    ['a text', { type: 'string' }],
    ['an open object', { type: 'object' }],
    ['without a role', items(content)],
    ['with an optional role', items({ ...role, required: false }, content)],
    ['with a number as role', items({ ...role, type: 'number', enum: [1] }, content)],
    ['with any role', items(field('role'), content)],
    ['with an empty role', items(field('role', { enum: ['user', ''] }), content)],
    ['without a content', items(role)],
    ['with an optional content', items(role, { ...content, required: false })],
    ['with a number as content', items(role, { ...content, type: 'number' })],
  ])('a list may not become messages whose items are %s', (_, shape) => {
    expect(rules(list(shape), messages)).toEqual(['parameter.retyped']);
  });

  it('an object with the fields of a message may not become messages, nor messages an object', () => {
    const object = only({ type: 'object', fields: [role, content] });
    expect(rules(object, messages)).toEqual(['parameter.retyped']);
    expect(rules(messages, only({ type: 'object' }))).toEqual(['parameter.retyped']);
    expect(rules(list(items(role, content)), object)).toEqual(['parameter.retyped']);
  });
});

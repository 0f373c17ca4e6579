import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonValue, Parameter, ValueShape } from './prompt.ts';
import type { Draw } from './parameter.arbitrary.ts';
import { draws, makeParameters, makeValues } from './parameter.arbitrary.ts';
import { MAX_NOTES } from './value-notes.ts';
import { checkValue, checkValues } from './value.ts';

const RUNS = { numRuns: 10_000 };

const order: Parameter[] = [
  { name: 'name', type: 'string', required: true },
  { name: 'tone', type: 'string', required: false, enum: ['warm', 'cold'], default: 'warm' },
  {
    name: 'order',
    type: 'object',
    required: false,
    fields: [
      { name: 'id', type: 'number', required: true },
      { name: 'note', type: 'string', required: false, default: 'none' },
      {
        name: 'items',
        type: 'list',
        required: false,
        items: { type: 'object', fields: [{ name: 'price', type: 'number', required: true }] },
      },
    ],
  },
];

function paths(parameters: Parameter[], values: unknown, strict = true): [string, string][] {
  const checked = checkValues(parameters, values, { strict });
  return checked.ok ? [] : checked.errors.map(({ rule, path }) => [rule, path]);
}

const one = (shape: ValueShape, required = true): Parameter[] => [{ name: 'x', required, ...shape }];

it('tells everything that is missing or wrong at once, each by name', () => {
  const values = { tone: 'hot', order: { id: '7', items: [{ price: 1 }, {}, null] } };
  expect(checkValues(order, values)).toEqual({
    ok: false,
    errors: [
      { rule: 'value.missing', path: 'name', message: '`name` is missing.' },
      { rule: 'value.not_in_enum', path: 'tone', message: '`tone` must be one of "warm", "cold".' },
      { rule: 'value.wrong_type', path: 'order.id', message: '`order.id` must be a number, not a string.' },
      { rule: 'value.missing', path: 'order.items[1].price', message: '`order.items[1].price` is missing.' },
      {
        rule: 'value.null',
        path: 'order.items[2]',
        message: "`order.items[2]` can't be null: take the item out of the list.",
      },
    ],
  });
});

it('fills in defaults, else null, inside declared fields and inside defaults too', () => {
  const filled = { id: 7, note: 'none', items: null };
  expect(checkValues(order, { name: 'Mara', tone: null, order: { id: 7 } })).toEqual({
    ok: true,
    values: { name: 'Mara', tone: 'warm', order: filled },
    warnings: [],
  });
  const withDefault = one({ type: 'object', fields: order[2]?.fields ?? [] }, false);
  expect(checkValues([{ ...withDefault[0]!, default: { id: 7 } }], {})).toMatchObject({
    values: { x: filled },
  });
});

it('an unknown name is a warning and left out, with strict an error, at every depth', () => {
  const values = { name: 'Mara', nme: 1, order: { id: 7, items: [{ price: 1, prize: 2 }], extra: null } };
  const checked = checkValues(order, values);
  expect(checked.ok && checked.warnings.map(({ path }) => path)).toEqual([
    'nme',
    'order.extra',
    'order.items[0].prize',
  ]);
  expect(checked.ok && checked.values).toEqual({
    name: 'Mara',
    tone: 'warm',
    order: { id: 7, note: 'none', items: [{ price: 1 }] },
  });
  expect(paths(order, values)).toEqual([
    ['value.unknown_name', 'nme'],
    ['value.unknown_name', 'order.extra'],
    ['value.unknown_name', 'order.items[0].prize'],
  ]);
});

it('null is an error for what is required and for items of a list, open or not', () => {
  expect(paths(one({ type: 'string' }), { x: null })).toEqual([['value.null', 'x']]);
  expect(paths(one({ type: 'list' }), { x: [1, null] })).toEqual([['value.null', 'x[1]']]);
  expect(paths(one({ type: 'string' }, false), { x: null })).toEqual([]);
  expect(paths(one({ type: 'object' }), { x: { y: null, z: [null] } })).toEqual([]);
});

it('open objects, open lists and messages come out as the very thing that was given', () => {
  const open = { constructor: 1, deep: [{ a: [null] }] };
  const list = [open, [null], 'x'];
  const messages = [{ role: 'model', content: null, tool_calls: [] }];
  const parameters: Parameter[] = [
    { name: 'open', type: 'object', required: true },
    { name: 'list', type: 'list', required: true },
    { name: 'history', type: 'messages', required: true },
  ];
  const checked = checkValues(parameters, { open, list, history: messages }, { strict: true });
  expect(checked.ok && checked.values.open).toBe(open);
  expect(checked.ok && checked.values.list).toBe(list);
  expect(checked.ok && checked.values.history).toBe(messages);
});

it('a message has a role, and a content or what providers have instead of it', () => {
  const right = [
    { role: 'assistant', content: null },
    { role: 'assistant', tool_calls: [{ id: 'call_1' }] },
    { role: 'assistant', function_call: { name: 'f' }, anything: 1 },
    { role: 'model', parts: [{ text: 'Hi' }] },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
  ];
  expect(paths(one({ type: 'messages' }), { x: right })).toEqual([]);
  const wrong = [
    { role: 'user' },
    { role: 'assistant', tool_calls: [] },
    { role: 'assistant', tool_calls: null },
    { content: 'Hi' },
    { role: '', content: 'Hi' },
    'Hi',
    { role: 'user', content: 1 },
  ];
  for (const message of wrong) {
    const given = [{ role: 'user', content: 'Hi' }, message];
    expect(paths(one({ type: 'messages' }), { x: given })).toEqual([['value.not_a_message', 'x[1]']]);
  }
});

it('warns of each deprecated parameter and field that is given, even if strict', () => {
  const deprecated = 'Use `order`.';
  const parameters: Parameter[] = [
    { name: 'old', type: 'string', required: false, default: 'x', deprecated },
    {
      name: 'order',
      type: 'object',
      required: false,
      default: { id: 1 },
      fields: [{ name: 'id', type: 'number', required: false, deprecated }],
    },
  ];
  const warned = (values: unknown) => {
    const checked = checkValues(parameters, values, { strict: true });
    return checked.ok && checked.warnings;
  };
  expect(warned({ old: 'y', order: { id: 2 } })).toEqual([
    { rule: 'value.deprecated', path: 'old', message: '`old` is deprecated: Use `order`.' },
    { rule: 'value.deprecated', path: 'order.id', message: '`order.id` is deprecated: Use `order`.' },
  ]);
  expect(warned({})).toEqual([]);
  expect(warned({ old: null })).toEqual([]);
});

it('names each number that was rounded, but not those of messages', () => {
  const parameters: Parameter[] = [
    ...one({ type: 'number' }),
    { name: 'm', type: 'messages', required: true },
  ];
  const inexact = [
    { path: ['x'], source: '9007199254740993' },
    { path: ['m', 0, 'content', 0], source: '1e400' },
    { path: ['other', 'y', 1], source: '1e400' },
  ];
  const values = {
    x: 9007199254740992,
    m: [{ role: 'user', content: [Infinity] }],
    other: { y: [0, Infinity] },
  };
  const checked = checkValues(parameters, values, { inexact });
  expect(checked.ok ? [] : checked.errors).toEqual([
    {
      rule: 'value.inexact_number',
      path: 'x',
      message: "`x` is 9007199254740993, which a number can't hold exactly. Give it as text.",
    },
    {
      rule: 'value.inexact_number',
      path: 'other.y[1]',
      message: "`other.y[1]` is 1e400, which a number can't hold exactly. Give it as text.",
    },
  ]);
});

it('reads own properties only, so names that every object inherits are missing like any other', () => {
  const parameters = ['constructor', 'toString', 'valueOf'].map((name): Parameter => ({
    name,
    type: 'object',
    required: true,
  }));
  expect(paths(parameters, {})).toEqual(parameters.map(({ name }) => ['value.missing', name]));
});

it('a key __proto__ is an unknown name and changes no prototype', () => {
  const values: unknown = JSON.parse(
    '{ "x": { "a": 1, "__proto__": { "admin": true } }, "__proto__": { "x": 1 } }',
  );
  const closed = one({ type: 'object', fields: [{ name: 'a', type: 'number', required: true }] });
  expect(paths(closed, values)).toEqual([
    ['value.unknown_name', '__proto__'],
    ['value.unknown_name', 'x.__proto__'],
  ]);
  const checked = checkValues(closed, values);
  expect(checked.ok && JSON.stringify(checked.values)).toBe('{"x":{"a":1}}');
  expect(checked.ok && Object.getPrototypeOf(checked.values.x)).toBe(Object.prototype);
});

it('takes JSON data only, and well-formed text without NUL, keys included', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const cases: [unknown, string, string][] = [
    [{ f: () => 1 }, 'value.not_json', 'x.f'],
    [{ d: new Date() }, 'value.not_json', 'x.d'],
    [{ n: [1, NaN] }, 'value.not_finite', 'x.n[1]'],
    [{ n: Infinity }, 'value.not_finite', 'x.n'],
    [{ n: 1n }, 'value.not_json', 'x.n'],
    [{ l: [1, undefined] }, 'value.not_json', 'x.l[1]'],
    [{ l: new Array(1) }, 'value.not_json', 'x.l[0]'],
    [new Map(), 'value.not_json', 'x'],
    [{ s: 'a\0b' }, 'value.malformed_text', 'x.s'],
    [{ s: '\ud83d' }, 'value.malformed_text', 'x.s'],
    [{ '\udc00': 1 }, 'value.malformed_text', 'x'],
  ];
  for (const [x, rule, path] of cases) expect(paths(one({ type: 'object' }), { x })).toEqual([[rule, path]]);
  expect(paths(one({ type: 'object' }), { x: cycle })[0]?.[0]).toBe('value.too_deep');
  expect(paths(one({ type: 'number' }), { x: NaN })).toEqual([['value.not_finite', 'x']]);
  expect(paths(one({ type: 'list' }), { x: new Array(2 ** 31) })[0]?.[0]).toBe('value.not_json');
  expect(paths(one({ type: 'list' }), { x: new Array(300_000).fill(1) })).toEqual([
    ['value.too_many', 'x[262142]'],
  ]);
});

it('values that are no object are one error, and undefined is not given', () => {
  for (const values of [null, [], 'x', 1, undefined, new Map()]) {
    expect(paths(order, values)).toEqual([['value.wrong_type', '']]);
  }
  expect(checkValues(order, { name: 'Mara', tone: undefined, nme: undefined })).toMatchObject({
    ok: true,
    values: { tone: 'warm' },
    warnings: [],
  });
});

it('an answer carries at most a hundred notes', () => {
  const many = Array.from({ length: 5_000 }, () => null);
  expect(paths(one({ type: 'list' }), { x: many })).toHaveLength(MAX_NOTES);
  expect(checkValue({ type: 'list' }, many)).toHaveLength(MAX_NOTES);
});

it('property: what fits by construction is valid, keeps its values and is whole', () => {
  fc.assert(
    fc.property(draws, (draw) => {
      const parameters = makeParameters(draw);
      const values = makeValues(draw, parameters);
      const checked = checkValues(parameters, values, { strict: true });
      if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
      expect(checked.warnings.filter(({ rule }) => rule !== 'value.deprecated')).toEqual([]);
      expect(Object.keys(checked.values).sort()).toEqual(parameters.map(({ name }) => name).sort());
      // Reading what was read changes nothing: every default is in, nothing unknown is left.
      expect(checkValues(parameters, checked.values, { strict: true })).toMatchObject({
        ok: true,
        values: checked.values,
      });
    }),
    RUNS,
  );
});

interface Fault {
  path: string;
  rules: string[];
  put: () => void;
}

/** One thing each that makes valid values wrong. */
function faultsOf(fields: readonly Parameter[], given: Record<string, JsonValue>, path: string): Fault[] {
  const unknown = { path: `${path}zzz`, rules: ['value.unknown_name'], put: () => (given.zzz = 1) };
  return fields.reduce<Fault[]>(
    (faults, field) => {
      const here = `${path}${field.name}`;
      if (field.required) {
        faults.push({ path: here, rules: ['value.missing'], put: () => delete given[field.name] });
        faults.push({ path: here, rules: ['value.null'], put: () => (given[field.name] = null) });
      }
      const value = Object.hasOwn(given, field.name) ? given[field.name]! : null;
      return [...faults, ...wrongValues(field, value, here, (wrong) => (given[field.name] = wrong))];
    },
    [unknown],
  );
}

function wrongValues(
  shape: ValueShape,
  value: JsonValue,
  path: string,
  put: (wrong: JsonValue) => void,
): Fault[] {
  const other = shape.type === 'number' ? 'text' : 7;
  const faults: Fault[] = [{ path, rules: ['value.wrong_type'], put: () => put(other) }];
  if (shape.enum) {
    const outside = shape.type === 'number' ? 77 : 'outside';
    faults.push({ path, rules: ['value.not_in_enum'], put: () => put(outside) });
  }
  if (shape.fields && value !== null) {
    faults.push(...faultsOf(shape.fields, value as Record<string, JsonValue>, `${path}.`));
  }
  if (shape.type === 'list' && Array.isArray(value)) {
    value.forEach((item, index) => {
      const here = `${path}[${index}]`;
      faults.push({ path: here, rules: ['value.null'], put: () => (value[index] = null) });
      if (shape.items)
        faults.push(...wrongValues(shape.items, item, here, (wrong) => (value[index] = wrong)));
    });
  }
  return faults;
}

function spoil(draw: Draw, parameters: Parameter[], values: Record<string, JsonValue>): Fault {
  const faults = faultsOf(parameters, values, '');
  const fault = faults[draw(Math.min(faults.length, 256))]!;
  fault.put();
  return fault;
}

it('property: one thing spoiled is one error, at its place; an unknown name only with strict', () => {
  fc.assert(
    fc.property(draws, (draw) => {
      const parameters = makeParameters(draw);
      const values = makeValues(draw, parameters);
      const fault = spoil(draw, parameters, values);
      expect(paths(parameters, values)).toEqual(fault.rules.map((rule) => [rule, fault.path]));
      const known = fault.rules.filter((rule) => rule !== 'value.unknown_name');
      expect(paths(parameters, values, false)).toEqual(known.map((rule) => [rule, fault.path]));
    }),
    RUNS,
  );
});

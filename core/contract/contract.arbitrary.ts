import fc from 'fast-check';
import type { JsonObject, JsonValue, Parameter, PromptContent, ValueShape } from '../prompt.ts';
import { objectOf } from '../json.ts';

/** Few names, so that pairs meet. */
const NAMES = ['a', 'b', 'c', 'd'] as const;
const WORDS = ['red', 'green', 'blue'];
const NUMBERS = [0, 1, 2];

const enumOf = <T extends string | number>(values: T[]) =>
  fc.option(fc.subarray(values, { minLength: 1 }), { nil: undefined, freq: 1 });

function shape(depth: number): fc.Arbitrary<ValueShape> {
  const leaves: fc.Arbitrary<ValueShape>[] = [
    enumOf(WORDS).map((values): ValueShape => ({ type: 'string', ...(values ? { enum: values } : {}) })),
    enumOf(NUMBERS).map((values): ValueShape => ({ type: 'number', ...(values ? { enum: values } : {}) })),
    fc.constant<ValueShape>({ type: 'boolean' }),
    fc.constant<ValueShape>({ type: 'list' }),
    fc.constant<ValueShape>({ type: 'object' }),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  return fc.oneof(
    ...leaves,
    fc.record({ type: fc.constant<'list'>('list'), items: shape(depth - 1) }),
    fc.record({ type: fc.constant<'object'>('object'), fields: parameterList(depth - 1, 1) }),
  );
}

function parameterList(depth: number, minLength = 0): fc.Arbitrary<Parameter[]> {
  return fc
    .subarray([...NAMES], { minLength, maxLength: 3 })
    .chain((names) => fc.tuple(...names.map((name) => parameter(name, depth))));
}

function parameter(name: string, depth: number): fc.Arbitrary<Parameter> {
  return fc
    .tuple(shape(depth), fc.boolean(), fc.boolean())
    .chain(([one, required, hasDefault]): fc.Arbitrary<Parameter> => {
      const base = { ...one, name };
      if (required) return fc.constant({ ...base, required: true });
      if (!hasDefault) return fc.constant({ ...base, required: false });
      return valueOf(one).map((value): Parameter => ({ ...base, required: false, default: value }));
    });
}

export const parameters: fc.Arbitrary<Parameter[]> = parameterList(2);

/** A list and one that came of it by an edit or two: pairs drawn at random alone would nearly always be major. */
export const relatedParameters: fc.Arbitrary<[Parameter[], Parameter[]]> = fc.oneof(
  { arbitrary: fc.tuple(parameters, parameters), weight: 1 },
  {
    arbitrary: parameters.chain((before) =>
      edited(before, 2).map((after): [Parameter[], Parameter[]] => [before, after]),
    ),
    weight: 4,
  },
);

function edited(list: Parameter[], depth: number): fc.Arbitrary<Parameter[]> {
  return fc
    .tuple(
      ...list.map((one) =>
        fc.oneof(
          { arbitrary: fc.constant<Parameter | undefined>(one), weight: 4 },
          { arbitrary: editedParameter(one, depth), weight: 3 },
          { arbitrary: fc.constant(undefined), weight: 1 },
        ),
      ),
      fc.option(
        fc.constantFrom(...NAMES).chain((name) => parameter(name, depth)),
        { nil: undefined, freq: 2 },
      ),
    )
    .map((all) => {
      const kept = all.filter((one): one is Parameter => one !== undefined);
      return kept.filter((one, index) => kept.findIndex((other) => other.name === one.name) === index);
    });
}

function editedParameter(one: Parameter, depth: number): fc.Arbitrary<Parameter> {
  const { name, required, default: value, ...old } = one;
  void value;
  const shapes = fc.oneof(fc.constant<ValueShape>(old), editedShape(old, depth));
  return fc
    .tuple(shapes, fc.oneof(fc.constant(required), fc.boolean()))
    .map(([now, nowRequired]) => ({ ...now, name, required: nowRequired }));
}

function editedShape(one: ValueShape, depth: number): fc.Arbitrary<ValueShape> {
  const { fields, items } = one;
  if (fields) {
    return fc.oneof(
      edited(fields, depth - 1).map((now): ValueShape => ({ ...one, fields: now.length > 0 ? now : fields })),
      fc.constant<ValueShape>({ type: 'object' }),
    );
  }
  if (items) {
    return fc.oneof(
      editedShape(items, depth - 1).map((now): ValueShape => ({ ...one, items: now })),
      fc.constant<ValueShape>({ type: 'list' }),
    );
  }
  if (one.type === 'string')
    return enumOf(WORDS).map((values) => ({ type: 'string', ...(values ? { enum: values } : {}) }));
  if (one.type === 'number')
    return enumOf(NUMBERS).map((values) => ({ type: 'number', ...(values ? { enum: values } : {}) }));
  return shape(Math.max(0, depth - 1));
}

/** Any value that the shape takes. */
export function valueOf({ type, enum: values, fields, items }: ValueShape): fc.Arbitrary<JsonValue> {
  if (values) return fc.constantFrom(...values);
  switch (type) {
    case 'string':
      return fc.constantFrom('', ...WORDS, 'another');
    case 'number':
      return fc.constantFrom(...NUMBERS, -1.5, 1e21);
    case 'boolean':
      return fc.boolean();
    case 'list':
      return fc.array(items ? valueOf(items) : looseValue, { maxLength: 2 });
    case 'object':
      return fields ? callOf(fields) : fc.dictionary(fc.constantFrom(...NAMES), looseValue, { maxKeys: 2 });
    case 'messages':
      return fc.constant([{ role: 'user', content: 'Hello' }]);
  }
}

const looseValue: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>('red', 1, true, [], {}, ['x'], {
  a: 1,
});

/** Any strict call of these parameters: optional ones may be left out or null. */
export function callOf(list: readonly Parameter[]): fc.Arbitrary<JsonObject> {
  const entries = list.map((one) => {
    const given = valueOf(one).map((value): [string, JsonValue] | undefined => [one.name, value]);
    if (one.required) return given;
    return fc.oneof(
      { arbitrary: given, weight: 2 },
      fc.constant(undefined),
      fc.constant<[string, JsonValue]>([one.name, null]),
    );
  });
  return fc.tuple(...entries).map((all) => objectOf(all.filter((entry) => entry !== undefined)));
}

export function asPrompt(list: Parameter[], template = ''): ReadonlyMap<string, PromptContent> {
  return new Map([['p', { kind: 'text', template, parameters: list, config: '{}' }]]);
}

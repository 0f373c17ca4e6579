import { expect, it } from 'vitest';
import type { Parameter, ParameterType, ValueShape } from './prompt.ts';
import { checkValues } from './value.ts';

/** The first message about the only parameter `a`. */
function message(shape: ValueShape, value: unknown): string | undefined {
  const parameters: Parameter[] = [{ name: 'a', required: true, ...shape }];
  const checked = checkValues(parameters, { a: value });
  return checked.ok ? undefined : checked.errors[0]?.message;
}

it.each<[ParameterType, unknown, string]>([
  ['string', 1, '`a` must be a string, not a number.'],
  ['number', true, '`a` must be a number, not true or false.'],
  ['boolean', 'x', '`a` must be true or false, not a string.'],
  ['list', {}, '`a` must be a list, not an object.'],
  ['object', [], '`a` must be an object, not a list.'],
  ['messages', 'x', '`a` must be a list of messages, not a string.'],
  ['string', null, "`a` is required and can't be null."],
  ['string', undefined, '`a` is missing.'],
])('says for a %s what is wanted, and what %j is', (type, value, expected) => {
  expect(message({ type }, value)).toBe(expected);
});

it('says of values that are no object what they are', () => {
  const said = [null, [], 'x', undefined].map((values) => {
    const checked = checkValues([], values);
    return checked.ok ? '' : checked.errors[0]?.message.replace(/^.*, not /, '');
  });
  expect(said).toEqual(['null.', 'a list.', 'a string.', 'nothing.']);
});

it('lists at most ten allowed values, each cut, and counts the others', () => {
  expect(message({ type: 'string', enum: ['x'] }, 'y')).toBe('`a` must be "x".');
  expect(message({ type: 'string', enum: ['x', 'z'] }, 'y')).toBe('`a` must be one of "x", "z".');
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  expect(message({ type: 'number', enum: numbers }, 20)).toBe(
    '`a` must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more.',
  );
  const long = message({ type: 'string', enum: ['x'.repeat(200)] }, 'y') ?? '';
  expect(long).toBe(`\`a\` must be "${'x'.repeat(99)}.`);
});

it('names a value that no parameter has', () => {
  const checked = checkValues([], { b: 1 });
  expect(checked.ok && checked.warnings[0]?.message).toBe(
    '`b` is not known: no parameter or field has this name.',
  );
});

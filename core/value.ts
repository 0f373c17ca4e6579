/**
 * Values against parameters, as product rules have it: what is missing or wrong is told in one answer, each by
 * name; what isn't given becomes its default, else null; a name that no parameter has is a warning.
 */
import type { JsonObject, JsonValue, Parameter, ParameterType, ValueShape } from './prompt.ts';
import { inexactNumber, type InexactNumber } from './exact-numbers.ts';
import type { JsonBounds, JsonFault } from './json.ts';
import { findJsonFaults, isPlainObject, objectOf, own, VALUE_BOUNDS } from './json.ts';
import { messageFault } from './message-value.ts';
import {
  at,
  kindOf,
  MAX_NOTES,
  note,
  oneOf,
  startReading,
  type Reading,
  type ValueNote,
} from './value-notes.ts';

export { sampleValue, sampleValues } from './sample-values.ts';

export type CheckedValues =
  { ok: true; values: JsonObject; warnings: ValueNote[] } | { ok: false; errors: ValueNote[] };

const WANTED: Record<ParameterType, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  messages: 'a list of messages',
};

export interface CheckValuesOptions {
  /** Makes a name that isn't declared an error instead of a warning. */
  strict?: boolean;
  /** The numbers that JSON.parse has rounded, with paths inside of the values. They are errors outside of messages. */
  inexact?: readonly InexactNumber[];
}

/**
 * Checks a caller's values (any data; JSON by contract) against a prompt's parameters.
 *
 * `values` of the answer has every parameter and every declared field, defaults filled in, and nothing else. Open
 * objects and lists, and messages, are the caller's own, untouched. A name that isn't declared is a warning. So is a
 * deprecated parameter that is given. A key whose value is `undefined` counts as not given.
 */
export function checkValues(
  parameters: readonly Parameter[],
  values: unknown,
  options: CheckValuesOptions = {},
): CheckedValues {
  const reading = startReading(options.strict ?? false);
  if (!isPlainObject(values)) {
    note(
      reading,
      'value.wrong_type',
      () => `The values must be an object with the parameters' names, not ${kindOf(values)}.`,
    );
    return { ok: false, errors: reading.errors };
  }
  const messages = new Set(parameters.filter(({ type }) => type === 'messages').map(({ name }) => name));
  for (const { path, source } of options.inexact ?? []) {
    if (messages.has(String(path[0]))) continue;
    note({ ...reading, path }, 'value.inexact_number', (here) => inexactNumber(here, source));
  }
  // Beyond the bounds nothing more is read: a cycle or a list of a billion holes would keep us busy for ever.
  if (!noteFaults(reading, values, VALUE_BOUNDS, messages)) return { ok: false, errors: reading.errors };
  const read = readFields(parameters, values, reading);
  if (reading.errors.length > 0) return { ok: false, errors: reading.errors };
  return { ok: true, values: read, warnings: reading.warnings };
}

/**
 * Checks one value, not null, against a shape; names that aren't declared are errors. For defaults and
 * examples written in the prompt.
 */
export function checkValue(
  shape: ValueShape,
  value: unknown,
  bounds: JsonBounds = VALUE_BOUNDS,
): ValueNote[] {
  const reading = startReading(true);
  if (noteFaults(reading, value, bounds)) readValue(shape, value, reading);
  return reading.errors;
}

function readFields(
  fields: readonly Parameter[],
  given: Record<string, unknown>,
  reading: Reading,
): JsonObject {
  const known = new Set(fields.map((field) => field.name));
  for (const name of Object.keys(given)) {
    if (!known.has(name) && given[name] !== undefined) at(reading, name, () => noteUnknown(reading));
  }
  return objectOf(
    fields.map((field): [string, JsonValue] => [
      field.name,
      at(reading, field.name, () => readField(field, own(given, field.name), reading)),
    ]),
  );
}

function readField(field: Parameter, given: unknown, reading: Reading): JsonValue {
  if (given !== undefined && given !== null) {
    noteDeprecated(field, reading);
    return readValue(field, given, reading);
  }
  if (!field.required) return readDefault(field, reading);
  if (given === null) note(reading, 'value.null', (here) => `${here} is required and can't be null.`);
  else note(reading, 'value.missing', (here) => `${here} is missing.`);
  return null;
}

/** A default was checked strictly when it was written; reading it fills in the defaults of its own fields. */
function readDefault(field: Parameter, reading: Reading): JsonValue {
  const value = field.default ?? null;
  return value === null ? null : readValue(field, value, { ...reading, strict: false, warnings: [] });
}

function readValue(shape: ValueShape, given: unknown, reading: Reading): JsonValue {
  if (!isOfType(shape.type, given)) {
    const wanted = WANTED[shape.type];
    note(reading, 'value.wrong_type', (here) => `${here} must be ${wanted}, not ${kindOf(given)}.`);
    return null;
  }
  const allowed: (string | number)[] | undefined = shape.enum;
  if (allowed && !(allowed as unknown[]).includes(given)) {
    note(reading, 'value.not_in_enum', (here) => `${here} must be ${oneOf(allowed)}.`);
    return null;
  }
  if (shape.type === 'object' && shape.fields) {
    return readFields(shape.fields, given as Record<string, unknown>, reading);
  }
  if (shape.type === 'list') return readItems(shape.items, given as unknown[], reading);
  if (shape.type === 'messages') noteWrongMessages(given as unknown[], reading);
  return given as JsonValue;
}

/** Items are judged like a required parameter, so null is an error, in an open list too. */
function readItems(items: ValueShape | undefined, given: unknown[], reading: Reading): JsonValue {
  const read = Array.from(given, (item, index) =>
    at(reading, index, () => {
      if (item === null) {
        note(reading, 'value.null', (here) => `${here} can't be null: take the item out of the list.`);
        return null;
      }
      return items ? readValue(items, item, reading) : (item as JsonValue);
    }),
  );
  return items ? read : (given as JsonValue[]);
}

function noteWrongMessages(messages: unknown[], reading: Reading): void {
  messages.forEach((message, index) =>
    at(reading, index, () => {
      const wrong = messageFault(message);
      if (wrong !== undefined) note(reading, 'value.not_a_message', (here) => `${here} ${wrong}.`);
    }),
  );
}

function isOfType(type: ParameterType, value: unknown): boolean {
  if (type === 'list' || type === 'messages') return Array.isArray(value);
  if (type === 'object') return isPlainObject(value);
  return typeof value === type;
}

/**
 * Notes what isn't JSON data in a value.
 *
 * @param messages parameters whose numbers aren't judged, because they reach the model as they were written
 * @returns whether the value is within the bounds
 */
function noteFaults(
  reading: Reading,
  value: unknown,
  bounds: JsonBounds,
  messages: ReadonlySet<string> = new Set(),
): boolean {
  const sentences: Record<JsonFault['rule'], string> = {
    not_json: "isn't JSON data: give a string, number, true, false, null, list or object",
    not_finite: "isn't a finite number: JSON has no other",
    malformed_text: 'contains an invalid Unicode character or NUL',
    too_deep: `is nested too deeply: at most ${bounds.depth} levels`,
    too_many: `is too large: at most ${bounds.count} values in all`,
  };
  const faults = findJsonFaults(value, bounds).filter(
    (fault) => fault.rule !== 'not_finite' || !messages.has(String(fault.path[0])),
  );
  for (const fault of faults.slice(0, MAX_NOTES)) {
    const place: Reading = { ...reading, path: fault.path };
    note(place, `value.${fault.rule}`, (here) => `${here} ${sentences[fault.rule]}.`);
  }
  return !faults.some((fault) => fault.rule === 'too_deep' || fault.rule === 'too_many');
}

function noteDeprecated({ deprecated }: Parameter, reading: Reading): void {
  if (!deprecated) return;
  note(reading, 'value.deprecated', (here) => `${here} is deprecated: ${deprecated}`, reading.warnings);
}

function noteUnknown(reading: Reading): void {
  const to = reading.strict ? reading.errors : reading.warnings;
  note(
    reading,
    'value.unknown_name',
    (here) => `${here} is not known: no parameter or field has this name.`,
    to,
  );
}

import { equalJson, isPlainObject, own } from '../../json.ts';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import type { Rule } from '../changes.ts';
import { compareSchemas, joinPaths, type SchemaChange } from './compare-schemas.ts';
import { changedValues, type Say } from './say.ts';
import { ANSWER, describe, describeUnjudged } from './sentences.ts';

/**
 * The places of a config that declare the form of the answer: Anvil's own key, and those of OpenAI's Chat Completions, OpenAI's
 * Responses, and Anthropic's Messages (before and after it left its beta).
 */
const PLACES = [
  ['output_schema'],
  ['response_format'],
  ['text', 'format'],
  ['output_format'],
  ['output_config', 'format'],
] as const;

/** The form of an answer. `json` is any JSON object; `unknown` is a form that isn't understood. */
type Format =
  { form: 'text' | 'json' | 'unknown' } | { form: 'schema'; schema: JsonValue; isStrict: boolean };

const FORM_WORDS: Record<Format['form'], string> = {
  text: 'as text',
  json: 'as any JSON object',
  schema: 'by an output schema',
  unknown: 'in a form that Anvil doesn’t know',
};

/** Compares the form of the answer, and the schema that it follows. */
export function compareOutputFormats(before: JsonObject, after: JsonObject, say: Say): void {
  for (const path of PLACES) {
    compareFormat(path.join('.'), { before: valueAt(before, path), after: valueAt(after, path) }, say);
  }
}

/** A config without the forms of answers: what is left counts as settings. */
export function withoutOutputFormats(config: JsonObject): JsonObject {
  const rest = { ...config };
  for (const [key, inner] of PLACES) {
    const outer = own(rest, key) as JsonValue | undefined;
    if (inner === undefined) delete rest[key];
    else if (isPlainObject(outer)) {
      const { [inner]: format, ...others } = outer;
      void format;
      if (Object.keys(others).length > 0) rest[key] = others;
      else delete rest[key];
    }
  }
  return rest;
}

function valueAt(config: JsonObject, [key, inner]: readonly [string, string?]): JsonValue {
  const outer = (own(config, key) ?? null) as JsonValue;
  if (inner === undefined) return outer;
  return isPlainObject(outer) ? ((own(outer, inner) ?? null) as JsonValue) : null;
}

function compareFormat(
  key: string,
  { before, after }: { before: JsonValue; after: JsonValue },
  say: Say,
): void {
  if (equalJson(before, after)) return;
  const place = `config.${key}`;
  const read = key === 'output_schema' ? readOutputSchema : readFormat;
  const [old, now] = [read(before), read(after)];
  if (old.form === 'schema' && now.form === 'schema') return compareFormatSchemas(place, old, now, say);
  if (old.form === 'unknown' && now.form === 'unknown') {
    return say('config.not_judged', place, describeUnjudged('its answer', key));
  }
  if (old.form === now.form)
    return say('config.changed', place, 'describes the form of its answers differently');
  if (old.form === 'unknown' || now.form === 'unknown') {
    const isAppearing = old.form === 'text' || now.form === 'text';
    if (!isAppearing) return say('config.not_judged', place, describeUnjudged('its answer', key));
  }
  const words = `answers ${FORM_WORDS[now.form]} instead of ${FORM_WORDS[old.form]}`;
  say(ruleOfForms(key, old.form, now.form), place, words, { before: old.form, after: now.form });
}

function ruleOfForms(key: string, old: Format['form'], now: Format['form']): Rule {
  const isSchema = (form: Format['form']) =>
    form === 'schema' || (key === 'output_schema' && form === 'unknown');
  if (isSchema(now)) return 'config.output_schema_put_on';
  return isSchema(old) ? 'config.output_schema_taken_off' : 'config.output_form_changed';
}

function compareFormatSchemas(
  place: string,
  old: Extract<Format, { form: 'schema' }>,
  now: Extract<Format, { form: 'schema' }>,
  say: Say,
): void {
  if (old.isStrict && !now.isStrict) {
    say('config.output_widened', place, 'no longer enforces its output schema (`strict`)');
  } else if (!old.isStrict && now.isStrict) {
    say('config.output_narrowed', place, 'enforces its output schema (`strict`)');
  }
  const changes = compareSchemas(old.schema, now.schema);
  for (const change of changes) {
    say(ruleOf(change), joinPaths(place, change.path), describe(change, ANSWER), changedValues(change));
  }
  if (changes.length === 0 && old.isStrict === now.isStrict) {
    say('config.changed', place, 'describes its output schema differently');
  }
}

const RULE_OF: Record<SchemaChange['kind'], Rule> = {
  gone: 'config.output_property_gone',
  retyped: 'config.output_property_retyped',
  not_required: 'config.output_property_not_required',
  new: 'config.output_property_new',
  widened: 'config.output_widened',
  narrowed: 'config.output_narrowed',
  not_judged: 'config.not_judged',
};

function ruleOf(change: SchemaChange): Rule {
  return RULE_OF[change.kind];
}

/** `output_schema` holds a schema, alone or in a wrapper `{ name, schema }`. */
function readOutputSchema(value: JsonValue): Format {
  if (value === null) return { form: 'text' };
  if (!isPlainObject(value)) return { form: 'unknown' };
  const wrapper = value;
  if (isPlainObject(wrapper.json_schema)) return readWrapper(wrapper.json_schema);
  if (isSchema(wrapper.schema)) return readWrapper(wrapper);
  return saysShape(wrapper) ? { form: 'schema', schema: value, isStrict: false } : { form: 'unknown' };
}

/** `{ type: 'json_schema', json_schema: { schema } }` or `{ type: 'json_schema', schema }`, and forms without one. */
function readFormat(value: JsonValue): Format {
  if (value === null) return { form: 'text' };
  if (!isPlainObject(value)) return { form: 'unknown' };
  const format = value;
  const wrapper = isPlainObject(format.json_schema) ? format.json_schema : format;
  if (format.type === 'text') return { form: 'text' };
  if (format.type === 'json_object' && wrapper.schema === undefined) return { form: 'json' };
  if (format.type === 'json_schema' || format.type === 'json_object') return readWrapper(wrapper);
  return { form: 'unknown' };
}

function readWrapper({ schema = true, strict }: JsonObject): Format {
  return isSchema(schema) ? { form: 'schema', schema, isStrict: strict === true } : { form: 'unknown' };
}

function isSchema(value: JsonValue | undefined): value is JsonValue {
  return typeof value === 'boolean' || isPlainObject(value);
}

/** An object that says none of these isn't a schema, but something around one. */
function saysShape(schema: JsonObject): boolean {
  return ['type', 'properties', '$ref', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'items'].some((keyword) =>
    Object.hasOwn(schema, keyword),
  );
}

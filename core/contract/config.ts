import { equalJson, isPlainObject, own } from '../json.ts';
import type { JsonObject, JsonValue } from '../prompt.ts';
import { change, type Change, type Rule } from './changes.ts';

/**
 * The four keys of a config that the contract understands: `provider`, `model`, `tools`, `output_schema`. All else is
 * carried untouched and counts as settings.
 */
export function compareConfigs(prompt: string, beforeText: string, afterText: string): Change[] {
  if (beforeText === afterText) return [];
  const before = readConfig(beforeText);
  const after = readConfig(afterText);
  const changes: Change[] = [];
  const say = (
    rule: Rule,
    place: string,
    words: string,
    values: Pick<Change, 'before' | 'after'> = {},
  ): void => {
    changes.push(change(rule, prompt, place, `\`${prompt}\` ${words}.`, values));
  };

  for (const key of ['provider', 'model'] as const) {
    const [old, now] = [before[key] ?? null, after[key] ?? null];
    if (equalJson(old, now)) continue;
    say(`config.${key}_changed`, `config.${key}`, `changes the ${key} from ${text(old)} to ${text(now)}`, {
      before: old,
      after: now,
    });
  }
  compareTools(before.tools, after.tools, say);
  compareOutputs(before.output_schema, after.output_schema, say);
  if (changes.length === 0 || !equalJson(settingsOf(before), settingsOf(after))) {
    say('config.changed', 'config', 'has other settings');
  }
  return changes;
}

type Say = (rule: Rule, place: string, words: string, values?: Pick<Change, 'before' | 'after'>) => void;

/** The text was checked when it was saved; what can't be read is judged as empty. */
function readConfig(config: string): JsonObject {
  try {
    const value: unknown = JSON.parse(config);
    return isPlainObject(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

function settingsOf(config: JsonObject): JsonObject {
  const { provider, model, tools, output_schema, ...settings } = config;
  void [provider, model, tools, output_schema];
  return settings;
}

function compareTools(before: JsonValue | undefined, after: JsonValue | undefined, say: Say): void {
  if (equalJson(before ?? null, after ?? null)) return;
  const old = readTools(before);
  const now = readTools(after);
  if (!old || !now) {
    say('config.not_judged', 'config.tools', 'changes its tools, which have a shape that isn’t judged');
    return;
  }
  for (const [name, parameters] of now) {
    const previous = old.get(name);
    const place = `config.tools.${name}`;
    if (previous === undefined) say('config.tool_new', place, `may call a new tool \`${name}\``);
    else if (!equalJson(previous, parameters)) {
      say('config.tool_changed', place, `calls the tool \`${name}\` with other parameters`);
    }
  }
  for (const name of old.keys()) {
    if (!now.has(name))
      say('config.tool_gone', `config.tools.${name}`, `no longer calls the tool \`${name}\``);
  }
}

/** `[{ name, parameters }]`, OpenAI's `{ type, function: { … } }` too. @returns undefined for any other shape */
function readTools(tools: JsonValue | undefined): Map<string, JsonValue> | undefined {
  if (tools === undefined || tools === null) return new Map();
  if (!Array.isArray(tools)) return undefined;
  const read = new Map<string, JsonValue>();
  for (const entry of tools) {
    if (!isPlainObject(entry)) return undefined;
    const wrapped = own(entry, 'function');
    const tool = isPlainObject(wrapped) ? wrapped : entry;
    const name = own(tool, 'name');
    if (typeof name !== 'string' || read.has(name)) return undefined;
    read.set(name, schemaOf((own(tool, 'parameters') ?? null) as JsonValue));
  }
  return read;
}

/** What of a JSON Schema is part of the contract: names, types and what is required, not descriptions. */
function schemaOf(schema: JsonValue): JsonValue {
  if (!isPlainObject(schema)) return null;
  const { type = null, properties, required, items, enum: values = null } = schema;
  return {
    type,
    enum: values,
    required: namesOf(required),
    items: items === undefined ? null : schemaOf(items),
    properties: Object.fromEntries(
      Object.entries(isPlainObject(properties) ? properties : {}).map(([name, value]) => [
        name,
        schemaOf(value),
      ]),
    ),
  };
}

function namesOf(required: JsonValue | undefined): string[] {
  if (!Array.isArray(required)) return [];
  return required.filter((name): name is string => typeof name === 'string').sort();
}

function compareOutputs(before: JsonValue | undefined, after: JsonValue | undefined, say: Say): void {
  const [old, now] = [before ?? null, after ?? null];
  if (equalJson(old, now)) return;
  const place = 'config.output_schema';
  if (old === null) say('config.output_schema_put_on', place, 'answers by an output schema now');
  else if (now === null)
    say('config.output_schema_taken_off', place, 'no longer answers by an output schema');
  else if (!isPlainObject(old) || !isPlainObject(now)) {
    say('config.not_judged', place, 'changes its output schema, which has a shape that isn’t judged');
  } else compareSchemas(old, now, place, say);
}

/** Outputs may only narrow: what was there has to be there, of the same type, as surely as before. */
function compareSchemas(before: JsonObject, after: JsonObject, place: string, say: Say): void {
  if (!equalJson(before.type ?? null, after.type ?? null)) {
    say('config.output_property_retyped', place, `answers with another type at \`${place}\``);
    return;
  }
  const old = propertiesOf(before);
  const now = propertiesOf(after);
  const stillRequired = new Set(namesOf(after.required));
  for (const [name, schema] of old) {
    const at = `${place}.${name}`;
    const current = now.get(name);
    if (!current) {
      say('config.output_property_gone', at, `no longer answers with \`${name}\``);
      continue;
    }
    if (namesOf(before.required).includes(name) && !stillRequired.has(name)) {
      say('config.output_property_not_required', at, `no longer promises \`${name}\` in its answer`);
    }
    compareSchemas(schema, current, at, say);
  }
  for (const name of now.keys()) {
    if (!old.has(name))
      say('config.output_property_new', `${place}.${name}`, `may answer with \`${name}\` too`);
  }
  if (isPlainObject(before.items) && isPlainObject(after.items)) {
    compareSchemas(before.items, after.items, `${place}[]`, say);
  }
}

function propertiesOf({ properties }: JsonObject): Map<string, JsonObject> {
  const entries = isPlainObject(properties) ? Object.entries(properties) : [];
  return new Map(entries.map(([name, schema]) => [name, isPlainObject(schema) ? schema : {}]));
}

function text(value: JsonValue): string {
  return value === null ? 'none' : JSON.stringify(value);
}

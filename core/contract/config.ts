import { equalJson, isPlainObject, own } from '../json.ts';
import type { JsonObject, JsonValue } from '../prompt.ts';
import { change, shown, type Change, type Rule } from './changes.ts';
import { differUnjudged, judgedPart, readRoot, readSchema, type Schema } from './schema.ts';

type Say = (rule: Rule, place: string, words: string, values?: Pick<Change, 'before' | 'after'>) => void;

/**
 * The four keys of a config that the contract understands: `provider`, `model`, `tools`, `output_schema`. All else is
 * carried untouched and counts as settings. What has another shape than is understood isn't judged, and says so.
 */
export function compareConfigs(prompt: string, beforeText: string, afterText: string): Change[] {
  if (beforeText === afterText) return [];
  const before = readConfig(beforeText);
  const after = readConfig(afterText);
  const changes: Change[] = [];
  const say: Say = (rule, place, words, values = {}) => {
    changes.push(change(rule, prompt, place, `\`${prompt}\` ${words}.`, values));
  };

  for (const key of ['provider', 'model'] as const) {
    const [old, now] = [before[key] ?? null, after[key] ?? null];
    if (equalJson(old, now)) continue;
    const words = `changes the ${key} from ${text(old)} to ${text(now)}`;
    say(`config.${key}_changed`, `config.${key}`, words, { before: old, after: now });
  }
  compareTools(before.tools ?? null, after.tools ?? null, say);
  compareOutputs(before.output_schema ?? null, after.output_schema ?? null, say);
  const settings = changedSettings(before, after);
  if (settings.length > 0) {
    say('config.changed', 'config', `has other settings: ${settings.map((key) => `\`${key}\``).join(', ')}`);
  }
  if (changes.length > 0) return changes;

  // Equal to us; but numbers too large for JavaScript, and the order of keys, may mean something to others.
  if (withoutSpace(beforeText) === withoutSpace(afterText)) {
    say('config.respaced', 'config', 'has other spaces in its config, which means the same');
  } else say('config.changed', 'config', 'has a config that is written differently');
  return changes;
}

/** The text was checked when it was saved; what can't be read is judged as empty. */
function readConfig(config: string): JsonObject {
  try {
    const value: unknown = JSON.parse(config);
    return isPlainObject(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

function changedSettings(before: JsonObject, after: JsonObject): string[] {
  const judged = new Set(['provider', 'model', 'tools', 'output_schema']);
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.filter((key) => !judged.has(key) && !equalJson(own(before, key), own(after, key)));
}

/** Takes out the white space between the tokens of JSON text, strings untouched. */
function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}

function compareTools(before: JsonValue, after: JsonValue, say: Say): void {
  if (equalJson(before, after)) return;
  const old = readTools(before);
  const now = readTools(after);
  if (!old || !now) {
    say('config.not_judged', 'config.tools', unjudged('tools'));
    return;
  }
  let told = false;
  const tell: Say = (...change) => {
    told = true;
    say(...change);
  };
  for (const [name, parameters] of now) {
    const previous = old.get(name);
    const place = `config.tools.${name}`;
    if (previous === undefined) tell('config.tool_new', place, `may call a new tool \`${name}\``);
    else if (!equalJson(judgedPart(previous), judgedPart(parameters))) {
      tell('config.tool_changed', place, `calls the tool \`${name}\` with other parameters`);
    } else if (differUnjudged(previous, parameters)) {
      tell('config.not_judged', place, unjudged(`parameters of the tool \`${name}\``));
    }
  }
  for (const name of old.keys()) {
    if (now.has(name)) continue;
    tell('config.tool_gone', `config.tools.${name}`, `no longer calls the tool \`${name}\``);
  }
  if (!told) say('config.changed', 'config.tools', 'describes its tools differently');
}

/** `[{ name, parameters }]`, OpenAI's `{ type, function: { … } }` too. @returns undefined for any other shape */
function readTools(tools: JsonValue): Map<string, JsonValue> | undefined {
  if (tools === null) return new Map();
  if (!Array.isArray(tools)) return undefined;
  const read = new Map<string, JsonValue>();
  for (const entry of tools) {
    if (!isPlainObject(entry)) return undefined;
    const tool = isPlainObject(entry.function) ? entry.function : entry;
    if (typeof tool.name !== 'string' || read.has(tool.name)) return undefined;
    // A tool without parameters takes none.
    read.set(tool.name, tool.parameters ?? {});
  }
  return read;
}

function compareOutputs(before: JsonValue, after: JsonValue, say: Say): void {
  if (equalJson(before, after)) return;
  const place = 'config.output_schema';
  if (before === null) return say('config.output_schema_put_on', place, 'answers by an output schema now');
  if (after === null) {
    return say('config.output_schema_taken_off', place, 'no longer answers by an output schema');
  }
  const [old, now] = [readRoot(before), readRoot(after)];
  if (!old || !now) return say('config.not_judged', place, unjudged('output schema'));
  let told = false;
  compareSchemas(old, now, place, (...change) => {
    told = true;
    say(...change);
  });
  if (!told) say('config.changed', place, 'describes its output schema differently');
}

/** Outputs may only narrow: what was there has to be there, of the same type, as surely as before. */
function compareSchemas(before: Schema, after: Schema, place: string, say: Say): void {
  if (!equalJson(before.types, after.types)) {
    const types = { before: before.types, after: after.types };
    return say('config.output_property_retyped', place, `answers with another type at \`${place}\``, types);
  }
  for (const [name, schema] of before.properties) {
    const at = `${place}.${name}`;
    const current = after.properties.get(name);
    if (current === undefined) {
      say('config.output_property_gone', at, `no longer answers with \`${name}\``);
      continue;
    }
    if (before.required.has(name) && !after.required.has(name)) {
      say('config.output_property_not_required', at, `no longer promises \`${name}\` in its answer`);
    }
    compareParts(schema, current, at, say);
  }
  for (const name of after.properties.keys()) {
    if (before.properties.has(name)) continue;
    say('config.output_property_new', `${place}.${name}`, `may answer with \`${name}\` too`);
  }
  compareParts(before.items, after.items, `${place}[]`, say);
}

function compareParts(before: JsonValue, after: JsonValue, place: string, say: Say): void {
  if (equalJson(before, after)) return;
  const [old, now] = [readSchema(before), readSchema(after)];
  if (old && now) compareSchemas(old, now, place, say);
  else say('config.not_judged', place, unjudged(`schema at \`${place}\``));
}

function unjudged(what: string): string {
  return `changes the ${what} in a way that isn’t judged: see for yourself whether it breaks anything`;
}

function text(value: JsonValue): string {
  return value === null ? 'none' : shown(value);
}

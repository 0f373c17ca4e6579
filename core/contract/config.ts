import { equalJson, isPlainObject, own } from '../json.ts';
import type { JsonObject, JsonValue } from '../prompt.ts';
import { change, shown, type Change } from './changes.ts';
import { compareOutputFormats, withoutOutputFormats } from './returns/output-format.ts';
import type { Say } from './returns/say.ts';
import { describeUnjudged } from './returns/sentences.ts';
import { compareTools } from './returns/tools.ts';

/**
 * Compares what the contract understands of a config: `provider`, `model`, `tools`, and the form of the answer. All else
 * is delivered unchanged and counts as settings. A change that can't be judged is reported as `config.not_judged`, also that
 * of a setting with a schema in a form that Anvil doesn't know.
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
  compareOutputFormats(before, after, say);
  const changed = changedSettings(before, after);
  const unjudged = changed.filter(({ key, values }) => holdsSchema({ [key]: values }));
  for (const { key } of unjudged) say('config.not_judged', `config.${key}`, describeUnjudged(`\`${key}\``));
  const settings = changed.filter((setting) => !unjudged.includes(setting)).map(({ key }) => `\`${key}\``);
  if (settings.length > 0) say('config.changed', 'config', `has other settings: ${settings.join(', ')}`);
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

/** Returns the settings that differ, with the values before and after. */
function changedSettings(before: JsonObject, after: JsonObject): { key: string; values: unknown[] }[] {
  const judged = new Set(['provider', 'model', 'tools']);
  const [old, now] = [withoutOutputFormats(before), withoutOutputFormats(after)];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return keys
    .map((key) => ({ key, values: [own(old, key), own(now, key)] }))
    .filter(({ key, values: [was, is] }) => !judged.has(key) && !equalJson(was, is));
}

/**
 * Whether a setting describes what the model returns or passes, such as `functions` of OpenAI's older interface and
 * `generationConfig.responseSchema` of Gemini.
 */
function holdsSchema(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSchema);
  if (!isPlainObject(value)) return false;
  return Object.entries(value).some(
    ([key, inner]) =>
      key === '$ref' ||
      /schema/i.test(key) ||
      (key === 'properties' && isPlainObject(inner)) ||
      holdsSchema(inner),
  );
}

/** Takes out the white space between the tokens of JSON text, strings untouched. */
function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}

function text(value: JsonValue): string {
  return value === null ? 'none' : shown(value);
}

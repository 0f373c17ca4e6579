import { equalJson, isPlainObject } from '../../json.ts';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import type { Rule } from '../changes.ts';
import { compareSchemas, joinPaths, type SchemaChange } from './compare-schemas.ts';
import { callOf, describe, describeUnjudged } from './sentences.ts';
import { changedValues, type Say } from './say.ts';

/** A tool that the model may call with arguments. */
interface Tool {
  parameters: JsonValue;
  /** Whether the provider guarantees that the arguments fit the schema. */
  isStrict: boolean;
  /** The other keys of the tool, which aren't judged. */
  rest: JsonObject;
}

interface Tools {
  byName: Map<string, Tool>;
  /** Entries without a name, such as OpenAI's built-in tools. */
  nameless: JsonValue[];
}

/** Keys of a tool that don't change what the model may pass to it. */
const DESCRIPTIONS = new Set(['name', 'description', 'title', 'cache_control', 'input_examples']);

/** A function without parameters takes none. */
const NO_PARAMETERS: JsonValue = { type: 'object', additionalProperties: false };

/** Compares which tools the model may call, and what it passes to them: the application handles both. */
export function compareTools(before: JsonValue, after: JsonValue, say: Say): void {
  if (equalJson(before, after)) return;
  const place = 'config.tools';
  const [old, now] = [readTools(before), readTools(after)];
  if (!old || !now) return say('config.not_judged', place, describeUnjudged('its tools'));
  let isSaid = false;
  const tell: Say = (...change) => {
    isSaid = true;
    say(...change);
  };
  for (const [name, tool] of now.byName) {
    const previous = old.byName.get(name);
    if (previous) compareTool(name, { before: previous, after: tool }, tell);
    else tell('config.tool_new', `${place}.${name}`, `may call the new tool \`${name}\``);
  }
  for (const name of old.byName.keys()) {
    if (!now.byName.has(name))
      tell('config.tool_gone', `${place}.${name}`, `no longer calls the tool \`${name}\``);
  }
  if (!equalJson(old.nameless, now.nameless)) {
    tell('config.not_judged', place, describeUnjudged('its tools without a name'));
  }
  if (!isSaid) say('config.changed', place, 'describes its tools differently');
}

function compareTool(name: string, { before, after }: { before: Tool; after: Tool }, say: Say): void {
  const place = `config.tools.${name}`;
  if (!equalJson(before.rest, after.rest)) {
    return say('config.not_judged', place, describeUnjudged(`the tool \`${name}\``));
  }
  if (before.isStrict && !after.isStrict) {
    say('config.tool_changed', place, `no longer enforces the schema of the tool \`${name}\` (\`strict\`)`);
  } else if (!before.isStrict && after.isStrict) {
    say('config.tool_narrowed', place, `enforces the schema of the tool \`${name}\` (\`strict\`)`);
  }
  for (const change of compareSchemas(before.parameters, after.parameters)) {
    say(ruleOf(change), joinPaths(place, change.path), describe(change, callOf(name)), changedValues(change));
  }
}

function ruleOf(change: SchemaChange): Rule {
  switch (change.kind) {
    case 'new':
      return change.isRequired ? 'config.tool_changed' : 'config.tool_parameter_new';
    case 'narrowed':
      return 'config.tool_narrowed';
    case 'not_judged':
      return 'config.not_judged';
    default:
      return 'config.tool_changed';
  }
}

/** @returns undefined for what isn't a list of tools with different names */
function readTools(tools: JsonValue): Tools | undefined {
  if (tools === null) return { byName: new Map(), nameless: [] };
  if (!Array.isArray(tools)) return undefined;
  const byName = new Map<string, Tool>();
  const nameless: JsonValue[] = [];
  for (const entry of tools) {
    if (!isPlainObject(entry)) return undefined;
    const wrapper = entry;
    const tool = isPlainObject(wrapper.function) ? wrapper.function : wrapper;
    if (tool.name === undefined) nameless.push(entry);
    else if (typeof tool.name !== 'string' || byName.has(tool.name)) return undefined;
    else byName.set(tool.name, readTool(wrapper, tool));
  }
  return { byName, nameless };
}

/**
 * Reads a tool in one of these forms: `{ name, parameters }`, Anthropic's `{ name, input_schema }`, and OpenAI's
 * `{ type: 'function', function: { name, parameters } }` or `{ type: 'function', name, parameters }`.
 */
function readTool(wrapper: JsonObject, tool: JsonObject): Tool {
  const isWrapped = wrapper !== tool;
  const outer = isWrapped ? Object.entries(wrapper).filter(([key]) => key !== 'function') : [];
  const { parameters, input_schema, strict, ...others } = tool;
  const schema = parameters ?? input_schema ?? null;
  const type = wrapper.type ?? null;
  const rest = [...outer, ...Object.entries(others)].filter(
    ([key]) => !DESCRIPTIONS.has(key) && key !== 'type',
  );
  // Both spellings at once, or a tool that a provider defines: only an equal one is judged.
  const isOwn = type === null || type === 'function' || (type === 'custom' && input_schema !== undefined);
  if (!isOwn) rest.push(['type', type]);
  if (parameters !== undefined && input_schema !== undefined) rest.push(['input_schema', input_schema]);
  return {
    parameters: schema ?? NO_PARAMETERS,
    // OpenAI's Responses API, whose tools have no wrapper, is strict unless told otherwise.
    isStrict: typeof strict === 'boolean' ? strict : type === 'function' && !isWrapped,
    rest: Object.fromEntries(rest),
  };
}

import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import type { Change } from '../changes.ts';
import { compareContracts } from '../compare.ts';

function compare(before: JsonObject, after: JsonObject): Change[] {
  const contents = (config: JsonObject) =>
    new Map([['p', { kind: 'text' as const, template: '', parameters: [], config: JSON.stringify(config) }]]);
  return compareContracts(contents(before), contents(after)).changes;
}

const sentences = (before: JsonObject, after: JsonObject) =>
  compare(before, after).map(({ sentence }) => sentence);
const text: JsonValue = { type: 'string' };
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const UNJUDGED = 'in a way that Anvil can’t judge';
const COVER = 'The number doesn’t cover this change.';

describe('of tools', () => {
  const tools = (...list: JsonValue[]): JsonObject => ({ tools: list });
  const tool = (rest: JsonObject = {}): JsonObject => ({
    name: 't',
    parameters: object({ q: text }),
    ...rest,
  });

  it.each<[JsonObject, JsonObject, string]>([
    [tools(), tools(tool()), '`p` may call the new tool `t`.'],
    [tools(tool()), tools(), '`p` no longer calls the tool `t`.'],
    [tools(tool({ strict: true })), tools(tool({ strict: false })), '`p` no longer enforces the schema of the tool `t` (`strict`).'],
    [tools(tool({ strict: false })), tools(tool({ strict: true })), '`p` enforces the schema of the tool `t` (`strict`).'],
    [tools(tool({ cost: 1 })), tools(tool({ cost: 2 })), `\`p\` changes the schema of the tool \`t\` ${UNJUDGED}. ${COVER}`],
    [tools({ type: 'web' }), tools({ type: 'web', n: 1 }), `\`p\` changes the schema of its tools without a name ${UNJUDGED}. ${COVER}`],
    [{ tools: 'a' }, { tools: 'b' }, `\`p\` changes the schema of its tools ${UNJUDGED}. ${COVER}`],
    [tools(tool({ type: 'bash' })), tools(tool({ type: 'bash2' })), `\`p\` changes the schema of the tool \`t\` ${UNJUDGED}. ${COVER}`],
    [tools(tool({ input_schema: text })), tools(tool({ input_schema: object({}) })), `\`p\` changes the schema of the tool \`t\` ${UNJUDGED}. ${COVER}`],
    [tools({ type: 'function', function: tool(), cost: 1 }), tools({ type: 'function', function: tool(), cost: 2 }), `\`p\` changes the schema of the tool \`t\` ${UNJUDGED}. ${COVER}`],
  ])('%j to %j', (before, after, sentence) => {
    expect(sentences(before, after)).toEqual([sentence]);
  }); // prettier-ignore

  it.each(['description', 'title', 'cache_control', 'input_examples'])('say that only words changed: %s', (key) => {
    expect(sentences(tools(tool({ [key]: 'a' })), tools(tool({ [key]: 'b' })))).toEqual([
      '`p` describes its tools differently.',
    ]);
  }); // prettier-ignore

  it('take a tool as strict only if it says so or has the form of OpenAI’s Responses', () => {
    const strict = tool({ strict: true });
    const widened = '`p` no longer enforces the schema of the tool `t` (`strict`).';
    const responses = tool({ type: 'function' });
    expect(sentences(tools(strict), tools(tool()))).toEqual([widened]);
    expect(sentences(tools(responses), tools(tool({ type: 'function', strict: false })))).toEqual([widened]);
    expect(sentences(tools(responses), tools({ type: 'function', function: tool() }))).toEqual([widened]);
    expect(sentences(tools({ type: 'custom', name: 't', input_schema: text }), tools({ name: 't', input_schema: text }))).toEqual(['`p` describes its tools differently.']); // prettier-ignore
  });
});

describe('of an answer', () => {
  const output = (schema: JsonValue): JsonObject => ({ output_schema: schema });
  it.each<[JsonValue, JsonValue, string]>([
    [object({ x: text }), object({ x: { ...text, title: 'x' } }), '`p` describes its output schema differently.'],
    [{ name: 'a', schema: text, strict: true }, { name: 'a', schema: text, strict: false }, '`p` no longer enforces its output schema (`strict`).'],
    [{ name: 'a', schema: text, strict: false }, { name: 'a', schema: text, strict: true }, '`p` enforces its output schema (`strict`).'],
    [{ not: text, type: 'string' }, { not: {}, type: 'string' }, `\`p\` changes the schema of its answer ${UNJUDGED} (\`not\`). ${COVER}`],
    [object({ x: { not: text } }), object({ x: { not: {} } }), `\`p\` changes the schema of \`x\` ${UNJUDGED} (\`not\`). ${COVER}`],
    [object({ x: text }), object({ x: { type: ['null', 'string', 'boolean'] } }), '`p` may return a boolean or null for `x`.'],
    [object({ x: { enum: ['a'] } }), object({ x: { enum: ['a', 'b', 'c', 'd', 'e', 'f'] } }), '`p` may return "b", "c", "d", "e", "f" for `x`.'],
    [object({ x: { enum: ['a'] } }), object({ x: { enum: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] } }), '`p` may return "b", "c", "d", "e", "f" and 1 more for `x`.'],
  ])('%j to %j', (before, after, sentence) => {
    expect(sentences(output(before), output(after))).toEqual([sentence]);
  }); // prettier-ignore

  it.each<[string, JsonValue, JsonValue]>([
    ['type', 'string', 'null'],
    ['properties', { a: text }, {}],
    ['$ref', '#/$defs/a', '#/$defs/b'],
    ['enum', ['a'], ['a', 'b']],
    ['const', 'a', 'b'],
    ['anyOf', [text], [text, { type: 'null' }]],
    ['oneOf', [text], [text, { type: 'null' }]],
    ['allOf', [text], [{ type: 'null' }]],
    ['items', text, { type: 'null' }],
  ])('know a schema by the keyword %s', (key, before, after) => {
    const schema = (value: JsonValue): JsonObject => ({
      [key]: value,
      $defs: { a: text, b: { type: 'null' } },
    });
    const changes = compare(output(schema(before)), output(schema(after)));
    expect(changes.map(({ level }) => level)).toContain('major');
    expect(changes.map(({ rule }) => rule)).not.toContain('config.not_judged');
  });

  it('say that a format of another kind isn’t judged', () => {
    expect(sentences(output({ format: 'x' }), output({ format: 'y' }))).toEqual([
      `\`p\` changes the schema of its answer ${UNJUDGED} (\`output_schema\`). ${COVER}`,
    ]);
  });

  it('come with no value that isn’t there', () => {
    const [gone] = compare(output(object({ x: text })), output(object({})));
    expect(Object.keys(gone ?? {})).not.toContain('before');
    const [added] = compare(
      output(object({ x: { enum: ['a'] } })),
      output(object({ x: { enum: ['a', 'b'] } })),
    );
    expect(Object.keys(added ?? {})).not.toContain('before');
    expect(added?.after).toEqual(['b']);
  });
});

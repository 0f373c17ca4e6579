import { describe, expect, it, test } from 'vitest';
import type { JsonObject, JsonValue, PromptContent } from '../../prompt.ts';
import { compareContracts } from '../compare.ts';
import type { Change } from '../changes.ts';

function compare(before: JsonObject, after: JsonObject): Change[] {
  const contents = (config: JsonObject) => {
    const prompt: PromptContent = {
      kind: 'text',
      template: '',
      parameters: [],
      config: JSON.stringify(config),
    };
    return new Map([['p', prompt]]);
  };
  return compareContracts(contents(before), contents(after)).changes;
}

/** Each change as `level rule place`. */
function found(before: JsonObject, after: JsonObject): string[] {
  return compare(before, after).map(({ level, rule, place }) => `${level} ${rule} ${place}`);
}

const object = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...rest,
});
const text: JsonValue = { type: 'string' };
const closed = { additionalProperties: false };

describe('the output schema', () => {
  const x = 'config.output_schema.x';
  const cases: [string, JsonValue, JsonValue, string[]][] = [
    ['a property removed', object({ x: text }), object({}), [`major config.output_property_gone ${x}`]],
    ['a property added', object({}), object({ x: text }), [`minor config.output_property_new ${x}`]],
    [
      'a property added to a closed object',
      object({}, closed),
      object({ x: text }, { ...closed, required: ['x'] }),
      [`minor config.output_property_new ${x}`],
    ],
    [
      'a type replaced',
      object({ x: text }),
      object({ x: { type: 'number' } }),
      [`major config.output_property_retyped ${x}`],
    ],
    [
      'a type narrowed from number to integer',
      object({ x: { type: 'number' } }),
      object({ x: { type: 'integer' } }),
      [`minor config.output_narrowed ${x}`],
    ],
    [
      'a type widened from integer to number',
      object({ x: { type: 'integer' } }),
      object({ x: { type: 'number' } }),
      [`major config.output_widened ${x}`],
    ],
    [
      'null no longer allowed',
      object({ x: { type: ['string', 'null'] } }),
      object({ x: text }),
      [`minor config.output_narrowed ${x}`],
    ],
    ...(
      [
        { type: ['null', 'string'] },
        { anyOf: [text, { type: 'null' }] },
        { oneOf: [{ type: 'null' }, text] },
        { type: 'string', nullable: true },
      ] as JsonValue[]
    ).map((nullable): [string, JsonValue, JsonValue, string[]] => [
      `null allowed by ${JSON.stringify(nullable)}`,
      object({ x: text }),
      object({ x: nullable }),
      [`major config.output_widened ${x}`],
    ]),
    [
      'null written in another way',
      object({ x: { anyOf: [text, { type: 'null' }] } }),
      object({ x: { type: ['string', 'null'] } }),
      ['patch config.changed config.output_schema'],
    ],
    [
      'an optional text that becomes an optional number',
      object({ x: { anyOf: [text, { type: 'null' }] } }),
      object({ x: { anyOf: [{ type: 'number' }, { type: 'null' }] } }),
      [`major config.output_property_retyped ${x}`],
    ],
    [
      'a value added to an enum',
      object({ x: { enum: ['a', 'b'] } }),
      object({ x: { enum: ['b', 'a', 'c'] } }),
      [`major config.output_widened ${x}`],
    ],
    [
      'a value removed from an enum',
      object({ x: { type: 'string', enum: ['a', 'b'] } }),
      object({ x: { const: 'b' } }),
      [`minor config.output_narrowed ${x}`],
    ],
    [
      'an enum removed',
      object({ x: { type: 'string', enum: ['a'] } }),
      object({ x: text }),
      [`major config.output_widened ${x}`],
    ],
    [
      'an enum added',
      object({ x: text }),
      object({ x: { type: 'string', enum: ['a'] } }),
      [`minor config.output_narrowed ${x}`],
    ],
    [
      'undeclared properties allowed',
      object({}, closed),
      object({}),
      ['major config.output_widened config.output_schema'],
    ],
    [
      'undeclared properties no longer allowed',
      object({}),
      object({}, closed),
      ['minor config.output_narrowed config.output_schema'],
    ],
    [
      'the values of a map replaced',
      { type: 'object', additionalProperties: text },
      { type: 'object', additionalProperties: { type: 'number' } },
      ['major config.output_property_retyped config.output_schema.*'],
    ],
    [
      'a property declared that doesn’t fit the values of a map',
      { type: 'object', additionalProperties: text },
      object({ x: { type: 'number' } }, { additionalProperties: text }),
      [`major config.output_property_retyped ${x}`, `minor config.output_property_new ${x}`],
    ],
    [
      'a property no longer required',
      object({ x: text }, { required: ['x'] }),
      object({ x: text }),
      [`major config.output_property_not_required ${x}`],
    ],
    [
      'a property newly required',
      object({ x: text }),
      object({ x: text }, { required: ['x'] }),
      [`minor config.output_narrowed ${x}`],
    ],
    [
      'a limit removed',
      object({ x: { type: 'string', maxLength: 5 } }),
      object({ x: text }),
      [`major config.output_widened ${x}`],
    ],
    [
      'a limit loosened',
      object({ x: { type: 'number', minimum: 5 } }),
      object({ x: { type: 'number', minimum: 4 } }),
      [`major config.output_widened ${x}`],
    ],
    [
      'a limit tightened',
      object({ x: { type: 'array', maxItems: 5 } }),
      object({ x: { type: 'array', maxItems: 4 } }),
      [`minor config.output_narrowed ${x}`],
    ],
    [
      'a limit that the values of an enum meet',
      object({ x: { type: 'string', maxLength: 2 } }),
      object({ x: { type: 'string', enum: ['a', '𝄞𝄞'] } }),
      [`minor config.output_narrowed ${x}`],
    ],
    [
      'a pattern replaced, which can’t be compared',
      object({ x: { type: 'string', pattern: '^a' } }),
      object({ x: { type: 'string', pattern: '^ab' } }),
      [`patch config.not_judged ${x}`],
    ],
    [
      'anything that becomes something',
      object({ x: {} }),
      object({ x: { anyOf: [text, object({})] } }),
      [`minor config.output_narrowed ${x}`],
    ],
    [
      'deep in lists and objects',
      object({ x: { type: 'array', items: object({ y: text }) } }),
      object({ x: { type: 'array', items: object({ y: { type: 'number' } }) } }),
      [`major config.output_property_retyped ${x}[].y`],
    ],
    [
      'descriptions and the order of types',
      object({ x: { type: ['string', 'null'], description: 'a' } }),
      object({ x: { type: ['null', 'string'], title: 'X', examples: ['b'], default: 'c' } }),
      ['patch config.changed config.output_schema'],
    ],
  ];
  test.each(cases)('%s', (_, before, after, expected) => {
    expect(found({ output_schema: before }, { output_schema: after })).toEqual(expected);
  });
});

describe('references', () => {
  const referring = (definitions: JsonObject, rest: JsonObject = {}): JsonObject => ({
    output_schema: object({ order: { $ref: '#/$defs/Order' } }, { $defs: definitions, ...rest }),
  });

  it('are followed: a property renamed in a definition is major', () => {
    const before = referring({ Order: object({ x: text }, { required: ['x'] }) });
    const after = referring({ Order: object({ y: text }, { required: ['y'] }) });
    expect(found(before, after)).toEqual([
      'major config.output_property_gone config.output_schema.order.x',
      'minor config.output_property_new config.output_schema.order.y',
    ]);
  });

  it('mean what they refer to, wherever that is written', () => {
    const after = { output_schema: object({ order: object({ x: text }) }) };
    expect(found(referring({ Order: object({ x: text }) }), after)).toEqual([
      'patch config.changed config.output_schema',
    ]);
  });

  it('are followed through the allOf that Pydantic writes around a default', () => {
    const output = (type: string): JsonObject => ({
      output_schema: object(
        { kind: { allOf: [{ $ref: '#/$defs/Kind' }], default: 'a' } },
        { $defs: { Kind: { type } } },
      ),
    });
    expect(found(output('string'), output('number'))).toEqual([
      'major config.output_property_retyped config.output_schema.kind',
    ]);
  });

  it('may be recursive, escaped, and refer to the whole schema', () => {
    const tree = (leaf: JsonValue) => ({
      output_schema: object(
        { leaf: { $ref: '#/definitions/a~1b%20~0' }, next: { $ref: '#' } },
        { definitions: { 'a/b ~': leaf } },
      ),
    });
    expect(found(tree(text), tree({ type: 'integer' }))).toEqual([
      'major config.output_property_retyped config.output_schema.leaf',
    ]);
    expect(found(tree(text), tree({ ...text, title: 'x' }))).toEqual([
      'patch config.changed config.output_schema',
    ]);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['remote', { $ref: 'https://example.com/a' }, { $ref: 'https://example.com/b' }],
    ['missing', { $ref: '#/$defs/Missing' }, { $ref: '#/$defs/Other' }],
    ['circular', { $ref: '#/properties/x' }, { $ref: '#/properties/x', minLength: 1 }],
    ['by an anchor', { $ref: '#a' }, { $ref: '#b' }],
    ['malformed', { $ref: '#/%zz' }, { $ref: '#/%zy' }],
    ['dynamic', { $dynamicRef: '#a' }, { $dynamicRef: '#b' }],
    ['to what isn’t a schema', { $ref: '#/type' }, { $ref: '#/type', title: 'x', maximum: 1 }],
  ])('that are %s aren’t judged', (_, before, after) => {
    const changes = found({ output_schema: object({ x: before }) }, { output_schema: object({ x: after }) });
    expect(changes).toEqual(['patch config.not_judged config.output_schema.x']);
  });

  it.each<[string, JsonObject]>([
    ['an anchor', { x: { $ref: '#a' } }],
    ['an embedded schema', { x: { $ref: '#/$defs/D' }, y: { $id: 'https://example.com/y' } }],
    ['a choice', { x: { anyOf: [{ $ref: '#/$defs/D' }, text] } }],
    ['an unknown keyword', { x: { custom: { $ref: '#/$defs/D' } } }],
    ['a keyword beside it', { x: { $ref: '#/$defs/D', minimum: 1 } }],
    ['a dynamic reference', { x: { $dynamicRef: '#a' } }],
  ])('by %s see that a definition changed', (_, properties) => {
    const output = (definition: JsonValue) => ({
      output_schema: object(properties, { $defs: { D: definition } }),
    });
    const changes = found(
      output({ $anchor: 'a', $dynamicAnchor: 'a', type: 'string' }),
      output({ $anchor: 'a', $dynamicAnchor: 'a', type: 'number' }),
    );
    expect(changes).toEqual(['patch config.not_judged config.output_schema.x']);
  });
});

describe('what can’t be judged', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['anyOf', { anyOf: [text, object({})] }, { anyOf: [text, object({ y: text })] }],
    ['oneOf', { oneOf: [text, { type: ['string', 'null'] }] }, { oneOf: [text] }],
    ['allOf', { allOf: [text] }, { allOf: [text, { minLength: 1 }] }],
    ['patternProperties', object({}, { patternProperties: { a: text } }), object({})],
    ['prefixItems', { prefixItems: [text] }, { prefixItems: [text, text] }],
    ['an unknown keyword', { isbn: true }, { isbn: false }],
    ['an unknown type', { type: 'STRING' }, { type: 'NUMBER' }],
    ['a property added beside propertyNames', object({}, { ...closed, propertyNames: {} }), object({ y: text }, { ...closed, propertyNames: {} })], // prettier-ignore
  ])('by %s is reported at its place and never silent', (_, before, after) => {
    const [change, ...rest] = compare(
      { output_schema: object({ x: before }) },
      { output_schema: object({ x: after }) },
    );
    expect(rest).toEqual([]);
    expect(change).toMatchObject({ rule: 'config.not_judged', place: 'config.output_schema.x' });
    expect(change?.sentence).toMatch(
      /^`p` changes the schema of `x` in a way that Anvil can’t judge \(`\w+`\)\. The number doesn’t cover this change\.$/,
    );
  });

  it('hides nothing that can be judged elsewhere', () => {
    const before = object({ x: { anyOf: [text, object({})] }, y: {} });
    const after = object({ x: { anyOf: [text] } });
    expect(found({ output_schema: before }, { output_schema: after })).toEqual([
      'major config.output_property_gone config.output_schema.y',
      'patch config.not_judged config.output_schema.x',
    ]);
  });

  it('is a property that a list of unique items needs to tell them apart', () => {
    const list = (items: JsonObject) => ({ output_schema: { type: 'array', uniqueItems: true, items } });
    expect(found(list(object({ y: text }, closed)), list(object({ y: text, z: text }, closed)))).toEqual([
      'minor config.output_property_new config.output_schema[].z',
      'patch config.not_judged config.output_schema[].z',
    ]);
  });

  it('is a chain of references that is too long, and a schema that is too large', () => {
    const chain = (length: number, end: JsonValue) => ({
      output_schema: object(
        { x: { $ref: '#/$defs/d0' } },
        {
          $defs: Object.fromEntries(
            Array.from({ length }, (_, n) => [`d${n}`, object({ x: n + 1 < length ? { $ref: `#/$defs/d${n + 1}` } : end })]), // prettier-ignore
          ),
        },
      ),
    });
    expect(found(chain(20, text), chain(20, { type: 'null' }))).toHaveLength(1);
    expect(found(chain(20, text), chain(20, { type: 'null' }))[0]).toMatch(/^major/);
    expect(found(chain(500, text), chain(500, { type: 'null' }))[0]).toMatch(/^patch config.not_judged/);

    const cycle = (name: string, length: number): JsonObject => ({
      ...object({ x: { $ref: `#/$defs/${name}0` } }),
      $defs: Object.fromEntries(
        Array.from({ length }, (_, n) => [`${name}${n}`, object({ x: { $ref: `#/$defs/${name}${(n + 1) % length}` } })]), // prettier-ignore
      ),
    });
    const changes = compare({ output_schema: cycle('a', 997) }, { output_schema: cycle('b', 991) });
    expect(changes.map(({ rule }) => rule)).toEqual(['config.not_judged']);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['text', { output_schema: 'a' }, { output_schema: 'b' }],
    [
      'names without a schema',
      { output_schema: { answer: 'string' } },
      { output_schema: { answer: 'number' } },
    ],
    ['a format of another kind', { response_format: { type: 'a' } }, { response_format: { type: 'b' } }],
  ])('is %s instead of an output schema', (_, before, after) => {
    expect(compare(before, after).map(({ rule }) => rule)).toEqual(['config.not_judged']);
  });
});

describe('the forms of output schemas', () => {
  const old = object({ x: text }, { required: ['x'] });
  const now = object({ y: text }, { required: ['y'] });
  const named = (schema: JsonValue) => ({ name: 'answer', schema, strict: true });
  const forms: [string, string, (schema: JsonValue) => JsonObject][] = [
    ['bare', 'output_schema', (schema) => ({ output_schema: schema })],
    ['in a wrapper', 'output_schema', (schema) => ({ output_schema: named(schema) })],
    [
      'as OpenAI’s response_format in it',
      'output_schema',
      (schema) => ({ output_schema: { type: 'json_schema', json_schema: named(schema) } }),
    ],
    [
      'of OpenAI’s Chat Completions',
      'response_format',
      (schema) => ({ response_format: { type: 'json_schema', json_schema: named(schema) } }),
    ],
    [
      'of OpenAI’s Responses',
      'text.format',
      (schema) => ({ text: { verbosity: 'low', format: { type: 'json_schema', ...named(schema) } } }),
    ],
    [
      'of Anthropic’s beta',
      'output_format',
      (schema) => ({ output_format: { type: 'json_schema', schema } }),
    ],
    [
      'of Anthropic',
      'output_config.format',
      (schema) => ({ output_config: { effort: 'low', format: { type: 'json_schema', schema } } }),
    ],
  ];

  it.each(forms)('are judged %s', (_, key, form) => {
    expect(found(form(old), form(now))).toEqual([
      `major config.output_property_gone config.${key}.x`,
      `minor config.output_property_new config.${key}.y`,
    ]);
    expect(found({}, form(now))[0]).toBe(`major config.output_schema_put_on config.${key}`);
    expect(found(form(old), {})[0]).toBe(`major config.output_schema_taken_off config.${key}`);
  });

  it('beside which other settings stay settings', () => {
    expect(found({ text: { verbosity: 'low' } }, { text: { verbosity: 'high' } })).toEqual([
      'patch config.changed config',
    ]);
    const format = { type: 'json_schema', schema: old };
    expect(found({ output_config: { format } }, { output_config: { format, effort: 'low' } })).toEqual([
      'patch config.changed config',
    ]);
  });

  it('that say text say what is said without them', () => {
    expect(found({}, { response_format: { type: 'text' } })).toEqual([
      'patch config.changed config.response_format',
    ]);
  });

  it.each<[JsonObject, JsonObject, string, string]>([
    [{}, { type: 'json_object' }, 'output_form_changed', 'as any JSON object instead of as text'],
    [
      { type: 'json_object' },
      { type: 'text' },
      'output_form_changed',
      'as text instead of as any JSON object',
    ],
    [{ type: 'json_schema', json_schema: named(old) }, { type: 'text' }, 'output_schema_taken_off', 'as text instead of by an output schema'], // prettier-ignore
    [{ type: 'json_object' }, { type: 'json_schema', json_schema: named(old) }, 'output_schema_put_on', 'by an output schema instead of as any JSON object'], // prettier-ignore
    [{ type: 'text' }, { type: 'grammar' }, 'output_form_changed', 'in a form that Anvil doesn’t know instead of as text'], // prettier-ignore
  ])('are major when the form changes from %j to %j', (before, after, rule, words) => {
    const config = (format: JsonObject): JsonObject =>
      Object.keys(format).length ? { response_format: format } : {};
    expect(compare(config(before), config(after))).toMatchObject([
      { level: 'major', rule: `config.${rule}`, sentence: `\`p\` answers ${words}.` },
    ]);
  });

  it('aren’t judged when only one of them is known, and are any value when none is named', () => {
    const format = (value: JsonValue) => ({ response_format: value });
    const schema = { type: 'json_schema', json_schema: named(old) };
    const unjudged = ['patch config.not_judged config.response_format'];
    expect(found(format({ type: 'grammar' }), format(schema))).toEqual(unjudged);
    expect(found(format(schema), format('json'))).toEqual(unjudged);
    expect(found(format(schema), format({ type: 'json_schema', schema: 'x' }))).toEqual(unjudged);
    expect(found(format(schema), format({ type: 'json_schema', schema: null }))).toEqual(unjudged);
    expect(found(format({ type: 'json_schema' }), format({ type: 'json_schema', schema: old }))).toEqual([
      'minor config.output_narrowed config.response_format',
    ]);
    expect(
      found(format({ type: 'json_object', schema: old }), format({ type: 'json_schema', schema: now }))[0],
    ).toBe('major config.output_property_gone config.response_format.x');
    expect(found({}, { output_schema: {} })).toEqual([
      'major config.output_schema_put_on config.output_schema',
    ]);
    expect(found({ output_schema: 'x' }, {})).toEqual([
      'major config.output_schema_taken_off config.output_schema',
    ]);
  });

  it('are widened when they are no longer enforced, and narrowed when they are', () => {
    const output = (strict: boolean) => ({ output_schema: { ...named(old), strict } });
    expect(found(output(true), output(false))).toEqual(['major config.output_widened config.output_schema']);
    expect(found(output(false), output(true))).toEqual(['minor config.output_narrowed config.output_schema']);
  });
});

describe('tools', () => {
  const old = object({ q: text }, { required: ['q'] });
  const forms: [string, (schema: JsonValue) => JsonObject][] = [
    ['bare', (parameters) => ({ name: 'search', parameters })],
    ['Anthropic’s', (input_schema) => ({ name: 'search', input_schema })],
    ['Anthropic’s with a type', (input_schema) => ({ type: 'custom', name: 'search', input_schema })],
    ['OpenAI’s', (parameters) => ({ type: 'function', function: { name: 'search', parameters } })],
    ['OpenAI’s without a wrapper', (parameters) => ({ type: 'function', name: 'search', parameters })],
  ];
  const tools = (...list: JsonValue[]): JsonObject => ({ tools: list });
  const q = 'config.tools.search.q';

  describe.each(forms)('in the form %s', (_, form) => {
    const changes = (before: JsonValue, after: JsonValue) => found(tools(form(before)), tools(form(after)));

    it('are major when a parameter is replaced', () => {
      expect(changes(old, object({ z: text }, { required: ['z'] }))).toEqual([
        `major config.tool_changed ${q}`,
        'major config.tool_changed config.tools.search.z',
      ]);
    });
    it('are minor when an optional parameter is added, by `required` or by null', () => {
      const minor = ['minor config.tool_parameter_new config.tools.search.n'];
      expect(changes(old, object({ q: text, n: text }, { required: ['q'] }))).toEqual(minor);
      const nullable = object({ q: text, n: { type: ['string', 'null'] } }, { required: ['q', 'n'] });
      expect(changes(old, nullable)).toEqual(minor);
    });
    it('are minor when an argument is narrowed, and major when it is widened or no longer required', () => {
      const limited = object({ q: { type: 'string', enum: ['a'] } }, { required: ['q'] });
      expect(changes(old, limited)).toEqual([`minor config.tool_narrowed ${q}`]);
      expect(changes(limited, old)).toEqual([`major config.tool_changed ${q}`]);
      expect(changes(old, object({ q: text }))).toEqual([`major config.tool_changed ${q}`]);
    });
    it('say what can’t be judged', () => {
      const choice = (...anyOf: JsonValue[]) => object({ q: { anyOf } });
      expect(changes(choice(text, object({})), choice(text, object({ a: text })))).toEqual([
        `patch config.not_judged ${q}`,
      ]);
    });
    it('are major when one is added, and minor when one is removed', () => {
      expect(found(tools(), tools(form(old)))).toEqual(['major config.tool_new config.tools.search']);
      expect(found(tools(form(old)), tools())).toEqual(['minor config.tool_gone config.tools.search']);
    });
    it('are a patch when only words change', () => {
      const described = object({ q: { type: 'string', description: 'x' } }, { required: ['q'] });
      expect(changes(old, described)).toEqual(['patch config.changed config.tools']);
    });
  });

  it('are the same tool in any form', () => {
    for (const [, form] of forms.slice(0, 3)) {
      expect(found(tools(forms[3]?.[1](old) ?? null), tools(form(old)))).toEqual([
        'patch config.changed config.tools',
      ]);
    }
  });

  it('may be named where there were none', () => {
    expect(found({}, tools(forms[0]?.[1](old) ?? null))).toEqual([
      'major config.tool_new config.tools.search',
    ]);
    expect(found({}, { tools: [] })).toEqual(['patch config.changed config.tools']);
  });

  it('without parameters take none', () => {
    const [bare, none] = [{ name: 'search' }, { name: 'search', parameters: object({}, closed) }];
    expect(found(tools(bare), tools(none))).toEqual(['patch config.changed config.tools']);
  });

  it('are major when they are no longer strict, minor when they become so', () => {
    const strict = { name: 'search', parameters: old, strict: true };
    const loose = { name: 'search', parameters: old, strict: false };
    const place = 'config.tools.search';
    expect(found(tools(strict), tools(loose))).toEqual([`major config.tool_changed ${place}`]);
    expect(found(tools(loose), tools(strict))).toEqual([`minor config.tool_narrowed ${place}`]);
    // OpenAI's Responses API is strict unless told otherwise.
    const flat = { type: 'function', name: 'search', parameters: old };
    expect(found(tools(flat), tools({ ...flat, strict: true }))).toEqual([
      'patch config.changed config.tools',
    ]);
    expect(found(tools(flat), tools({ ...flat, strict: false }))).toEqual([
      `major config.tool_changed ${place}`,
    ]);
  });

  it.each<[string, string, JsonValue, JsonValue]>([
    ['a list of something else', 'config.tools', [1], [2]],
    ['no list', 'config.tools', 'x', 'y'],
    ['two tools of one name', 'config.tools', [{ name: 'a' }], [{ name: 'a' }, { name: 'a' }]],
    ['a name that isn’t text', 'config.tools', [{ name: 1 }], [{ name: 2 }]],
    ['a tool without a name', 'config.tools', [{ type: 'web_search' }], [{ type: 'file_search' }]],
    [
      'a tool that a provider defines',
      'config.tools.bash',
      [{ type: 'bash_1', name: 'bash' }],
      [{ type: 'bash_2', name: 'bash' }],
    ],
    [
      'a custom tool of OpenAI',
      'config.tools.sql',
      [{ type: 'custom', name: 'sql', format: { type: 'text' } }],
      [{ type: 'custom', name: 'sql', format: { type: 'grammar' } }],
    ],
    [
      'both spellings of a schema',
      'config.tools.a',
      [{ name: 'a', parameters: text, input_schema: text }],
      [{ name: 'a', parameters: text, input_schema: { type: 'number' } }],
    ],
  ])('that are %s aren’t judged', (_, place, before, after) => {
    expect(found({ tools: before }, { tools: after })).toEqual([`patch config.not_judged ${place}`]);
  });
});

describe('sentences', () => {
  const sentence = (before: JsonValue, after: JsonValue) =>
    compare({ output_schema: object({ x: before }) }, { output_schema: object({ x: after }) }).map(
      (change) => change.sentence,
    );
  it.each<[JsonValue, JsonValue, string]>([
    [text, { type: 'number' }, '`p` returns `x` as a number instead of a string.'],
    [text, { type: ['string', 'null'] }, '`p` may return null for `x`.'],
    [text, {}, '`p` may return any value for `x`.'],
    [text, { type: ['null', 'string', 'number'] }, '`p` may return a number or null for `x`.'],
    [{ type: ['null', 'integer', 'string'] }, { type: ['string', 'null'] }, '`p` returns only a string or null for `x`.'], // prettier-ignore
    [{ enum: ['a'] }, { enum: ['a', 'b', 1] }, '`p` may return "b", 1 for `x`.'],
    [{ enum: ['a', 'b'] }, { enum: ['a'] }, '`p` no longer returns "b" for `x`.'],
    [{ enum: ['a', 'b'] }, text, '`p` may return other values than "a", "b" for `x`.'],
    [text, { enum: ['1', '2', '3', '4', '5', '6', '7'] }, '`p` returns only "1", "2", "3", "4", "5" and 2 more for `x`.'], // prettier-ignore
    [object({}, closed), object({}), '`p` may return undeclared properties in `x`.'],
    [object({}), object({}, closed), '`p` no longer returns undeclared properties in `x`.'],
    [{ type: 'string', maxLength: 1 }, text, '`p` may return values for `x` that `maxLength` excluded.'],
    [text, { type: 'string', maxLength: 1 }, '`p` limits by `maxLength` what it returns for `x`.'],
    [{}, text, '`p` limits what it returns for `x`.'],
    [text, false, '`p` no longer returns any value for `x`.'],
    [object({ y: text }), object({}), '`p` no longer returns `x.y`.'],
    [object({}), object({ y: text }), '`p` may also return `x.y`.'],
    [object({}), object({ y: text }, { required: ['y'] }), '`p` returns the new `x.y`.'],
    [object({ y: text }, { required: ['y'] }), object({ y: text }), '`p` no longer always returns `x.y`.'],
    [object({ y: text }), object({ y: text }, { required: ['y'] }), '`p` always returns `x.y`.'],
  ])('say for %j to %j what the application gets', (before, after, expected) => {
    expect(sentence(before, after)).toEqual([expected]);
  });

  it('name the whole answer, and the tool', () => {
    const [answer] = compare({ output_schema: { type: 'object' } }, { output_schema: { type: 'array' } });
    expect(answer?.sentence).toBe('`p` returns its answer as a list instead of an object.');
    const tool = (parameters: JsonValue) => ({ tools: [{ name: 'search', parameters }] });
    const [argument] = compare(tool(object({ q: text })), tool(object({ q: { type: 'null' } })));
    expect(argument?.sentence).toBe('`p` passes `q` to the tool `search` as null instead of a string.');
    const [gone] = compare(tool(object({ q: text })), tool(object({})));
    expect(gone?.sentence).toBe('`p` no longer passes `q` to the tool `search`.');
  });

  it('come with the old and the new value', () => {
    const values = (before: JsonValue, after: JsonValue) =>
      compare({ output_schema: object({ x: before }) }, { output_schema: object({ x: after }) })[0];
    expect(values({ enum: ['a'] }, { enum: ['a', 'b'] })).toMatchObject({ after: ['b'] });
    expect(values({ enum: ['a', 'b'] }, { enum: ['a'] })).toMatchObject({ before: ['b'] });
    expect(values({ enum: ['a'] }, text)).toMatchObject({ before: ['a'] });
    expect(values(text, { enum: ['a'] })).toMatchObject({ after: ['a'] });
    expect(values({ type: 'number', maximum: 1 }, { type: 'number', maximum: 2 })).toMatchObject({ before: 1, after: 2 }); // prettier-ignore
    expect(values(text, { type: 'null' })).toMatchObject({ before: ['string'], after: ['null'] });
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { canonicalContent, canonicalJson, contentSha256, setChecksum, textSha256 } from './checksum.ts';
import type { JsonValue, Parameter, PromptContent, TextContent } from './prompt.ts';

// Ten thousand runs on a busy machine take longer than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 10_000 };

interface Vectors {
  canonicalJson: { note: string; input: string; canonical: string; sha256: string }[];
  numbers: { ieee754: string; canonical: string }[];
  contents: { note: string; content: PromptContent; canonical: string; sha256: string }[];
  sets: {
    note: string;
    prompts: [string, string][];
    dependencies: Record<string, string>;
    canonical: string;
    sha256: string;
  }[];
}
const read = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
const vectors = JSON.parse(read('checksum-vectors.json')) as Vectors;
const nodeSha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const parameter: fc.Arbitrary<Parameter> = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    type: fc.constantFrom('string', 'number', 'boolean', 'list', 'object', 'messages'),
    required: fc.boolean(),
    description: text,
    deprecated: text,
    default: json,
    enum: fc.array(text, { minLength: 1, maxLength: 2 }),
    fields: fc.constantFrom<Parameter[]>([], [{ name: 'x', type: 'string', required: true }]),
    items: fc.constantFrom<Parameter['items']>(
      { type: 'number' },
      { type: 'list', items: { type: 'object', description: '' } },
    ),
  },
  { requiredKeys: ['name', 'type', 'required'] },
);
const content: fc.Arbitrary<TextContent> = fc.record({
  kind: fc.constant('text'),
  template: text,
  parameters: fc.array(parameter, { maxLength: 3 }),
  config: fc.constantFrom('{}', '{ }', '{"a":1}'),
});

/** The same content, every object's keys in reverse and with keys that say nothing. */
function rewritten(value: TextContent): TextContent {
  const parameters = value.parameters.map((one): Parameter => {
    const entries = Object.entries({
      ...one,
      deprecated: one.deprecated ?? '',
      enum: one.enum ?? undefined,
    }).reverse();
    const copy = Object.fromEntries(entries) as unknown as Parameter;
    return {
      ...copy,
      description: one.description ?? '',
      default: one.required ? 'never used' : (one.default ?? null),
    };
  });
  return Object.fromEntries(Object.entries({ ...value, parameters }).reverse()) as unknown as TextContent;
}

describe('the vectors in docs/', () => {
  it.each(vectors.canonicalJson)('canonical JSON: $note', ({ input, canonical, sha256 }) => {
    expect(canonicalJson(JSON.parse(input) as JsonValue)).toBe(canonical);
    expect(textSha256(canonical)).toBe(sha256);
  });

  it.each(vectors.numbers)('number $ieee754 is written $canonical', ({ ieee754, canonical }) => {
    expect(canonicalJson(Buffer.from(ieee754, 'hex').readDoubleBE())).toBe(canonical);
  });

  it.each(vectors.contents)('content: $note', ({ content, canonical, sha256 }) => {
    expect(canonicalContent(content)).toBe(canonical);
    expect(contentSha256(content)).toBe(sha256);
  });

  it.each(vectors.sets)('set: $note', ({ prompts, dependencies, canonical, sha256 }) => {
    expect(setChecksum(prompts, dependencies)).toBe(sha256);
    expect(textSha256(canonical)).toBe(sha256);
  });

  it('are what docs/checksums.md prints', () => {
    const hello = vectors.contents[0]?.sha256 ?? '';
    expect(read('checksums.md')).toContain(`${hello}\n${setChecksum([['welcome', hello]], {})}\n`);
  });
});

describe('canonicalContent', () => {
  it('gives equal bytes for equal meaning, and is its own normal form', () => {
    fc.assert(
      fc.property(content, (one) => {
        const bytes = canonicalContent(one);
        expect(canonicalContent(rewritten(one))).toBe(bytes);
        expect(canonicalContent(JSON.parse(bytes) as PromptContent)).toBe(bytes);
        expect(contentSha256(one)).toBe(nodeSha256(bytes));
      }),
      RUNS,
    );
  });

  it('tells apart what differs in meaning, in order, or in the text of config', () => {
    const base: TextContent = { kind: 'text', template: 'a', parameters: [], config: '{}' };
    const p = (more: Partial<Parameter>): TextContent => ({
      ...base,
      parameters: [{ name: 'p', type: 'string', required: false, ...more }],
    });
    const different: PromptContent[] = [
      base,
      { ...base, template: 'a ' },
      { ...base, config: '{ }' },
      { kind: 'chat', messages: [], parameters: [], config: '{}' },
      { kind: 'chat', messages: [{ placeholder: 'p' }], parameters: [], config: '{}' },
      p({}),
      p({ required: true }),
      p({ default: '' }),
      p({ default: false }),
      p({ enum: ['a', 'b'] }),
      p({ enum: ['b', 'a'] }),
      p({ type: 'object' }),
      p({ type: 'object', fields: [] }),
      p({ type: 'list' }),
      p({ type: 'list', items: { type: 'string' } }),
      p({ deprecated: 'Use q.' }),
      p({ description: 'Use q.' }),
    ];
    expect(new Set(different.map(contentSha256)).size).toBe(different.length);
  });

  it('refuses half a surrogate pair, which UTF-8 cannot carry', () => {
    expect(() => contentSha256({ kind: 'text', template: '\ud800', parameters: [], config: '{}' })).toThrow(
      /surrogate/,
    );
  });
});

describe('setChecksum', () => {
  it('is the hash of the canonical JSON of the whole', () => {
    const slug = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,20}[a-z0-9])?$/);
    const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(slug, hash), { selector: ([name]) => name }),
        fc.dictionary(slug, text),
        (prompts, dependencies) => {
          const sorted = [...prompts].sort(([a], [b]) => (a < b ? -1 : 1));
          const whole = canonicalJson({ prompts: sorted, dependencies: { ...dependencies } });
          expect(setChecksum(prompts, dependencies)).toBe(nodeSha256(whole));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('depends on slugs, contents and dependencies, not on their order', () => {
    const pairs = fc.uniqueArray(
      fc.tuple(fc.constantFrom('a', 'a-b', 'a_b', 'ab', 'a1', 'b'), fc.constantFrom('00', 'ff')),
      {
        selector: ([slug]) => slug,
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(pairs, (prompts) => {
        const checksum = setChecksum(prompts, {});
        expect(setChecksum([...prompts].reverse(), {})).toBe(checksum);
        expect(setChecksum(prompts.slice(1), {})).not.toBe(checksum);
        expect(setChecksum(prompts, { 'a/b': '^1' })).not.toBe(checksum);
        const [first = ['a', '00'], ...rest] = prompts;
        expect(setChecksum([[first[0], 'aa'], ...rest], {})).not.toBe(checksum);
      }),
      RUNS,
    );
  });
});

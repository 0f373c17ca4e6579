import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draws, type Draw } from '../../parameter.arbitrary.ts';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import { compareSchemas, type SchemaChange } from './compare-schemas.ts';
import { makeInstance, withoutNewProperties } from './json-instance.arbitrary.ts';
import { editDocument, makeDocument } from './json-schema.arbitrary.ts';

const RUNS = { numRuns: 3000 };
const MAJOR = new Set(['gone', 'retyped', 'not_required', 'widened']);

function isMajor({ kind }: SchemaChange): boolean {
  return MAJOR.has(kind);
}

/** @returns undefined for a schema that refers to itself without end, which no validator can use */
function validator(schema: JsonObject): ((value: JsonValue) => boolean | undefined) | undefined {
  const endless = <Result>(work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  };
  // A fresh one each time: Ajv keeps what it compiled.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, logger: false });
  const validate = endless(() => ajv.compile(schema));
  return validate && ((value) => endless(() => validate(value)));
}

function place(document: JsonObject) {
  return { schema: document, document };
}

function makePair(draw: Draw): [JsonObject, JsonObject] {
  const before = makeDocument(draw);
  return [before, draw(10) === 9 ? makeDocument(draw) : editDocument(draw, before)];
}

describe('for any two schemas', () => {
  it('allows with the old one what the new one allows, new properties removed, unless it says otherwise', () => {
    let values = 0;
    let pairs = 0;
    fc.assert(
      fc.property(draws, (draw) => {
        pairs += 1;
        const [before, after] = makePair(draw);
        const changes = compareSchemas(before, after);
        if (changes.some((change) => isMajor(change) || change.kind === 'not_judged')) return;
        const [isOld, isNew] = [validator(before), validator(after)];
        if (!isOld || !isNew) return;
        for (let tries = 0; tries < 6; tries += 1) {
          const value = makeInstance(draw, after, after);
          if (isNew(value) !== true) continue;
          values += 1;
          const fits =
            isOld(value) !== false || isOld(withoutNewProperties(value, place(before), place(after)));
          expect(fits, JSON.stringify({ before, after, value, changes })).toBe(true);
        }
      }),
      RUNS,
    );
    expect(values).toBeGreaterThan(pairs / 2);
  });

  it('finds nothing when both are equal, and is the same for the same pair', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        const [before, after] = makePair(draw);
        expect(compareSchemas(before, structuredClone(before))).toEqual([]);
        expect(compareSchemas(before, after)).toEqual(
          compareSchemas(structuredClone(before), structuredClone(after)),
        );
      }),
      RUNS,
    );
  });
});

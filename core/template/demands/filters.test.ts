import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../prompt.ts';
import { engine } from '../engine.ts';
import { filtered } from './filters.ts';
import type { Known, KnownType } from './known.ts';
import { constantOf, known } from './known.ts';

// Compares the analysis of each filter with the engine.

const VALUES: JsonValue[] = [
  null, true, false, 0, 1.5, -3, 1e21, '', 'abc', '%', '%E4', '+/=', '2024-01-01', 'now', '1234', '99999999999999999',
  'a😀', ' x ', [], [1, 2], ['a', 'b'], [{ k: 1 }, { k: 'x' }], [{}], [[1], [2]], [null], {}, { k: 1 }, { length: 2 },
  { length: 'x' }, { size: 3, first: 1 }, { k: { j: 1 } },
]; // prettier-ignore
const ARGUMENTS = ['', ': a', ': a, b', ": 'k'", ": 'k', a", ": 'k.j'", ': 1', ': -1', ': 1, 2', ": ''"];
const OTHERS: [JsonValue, JsonValue][] = [['x', 'y'], [2, 1], [null, null], [[], {}], [[1], 'k'], [true, '']]; // prettier-ignore
const EXPRESSIONS = ["'i', 'i'", "'i', 'i == 1'", "'i', 'a'"];
/** Arguments that are problems of the template, see filter-arguments.ts. */
const WRONG: Record<string, RegExp> = {
  append: /^$|,/, prepend: /^$|,/, default: /^$|,/, date: /,/, map: /^$|: (a|-?1)/, where: /^$|: (a|-?1)/,
  reject: /^$|: (a|-?1)/, find: /^$|: (a|-?1)/, find_index: /^$|: (a|-?1)/, has: /^$|: (a|-?1)/,
  group_by: /^$|: (a|-?1)/, sort: /: (a|-?1)/, sort_natural: /: (a|-?1)/, sum: /: (a|-?1)/,
}; // prettier-ignore
/** A key that an item doesn't have stays an error. It is a demand of its own. */
const READS_KEYS = new Set(['map', 'where', 'reject', 'find', 'find_index', 'has', 'group_by']);

function typeOf(value: unknown): KnownType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value as KnownType;
}

/** The known values that describe a value. */
function knownForms(value: JsonValue): Known[] {
  const type = typeOf(value);
  const nullable = value === null;
  return [constantOf(value), known('any', 'v'), ...(nullable ? [] : [known(type, 'v')])];
}

/** Returns the first difference between the known value and the result. */
function faultOf(said: Known, result: unknown): string | undefined {
  if (result === undefined) return said.missing ? undefined : 'is undefined';
  if (result === null) return said.nullable || said.type === 'null' ? undefined : 'is null';
  const type = typeOf(result);
  if (said.type !== 'any' && said.type !== type) return `is ${type}, not ${said.type}`;
  const { length } = type === 'list' || type === 'string' ? (result as string) : '';
  if ((type === 'list' || type === 'string') && length < said.atLeast) return `has ${length} items`;
  return undefined;
}

function faultsOf(name: string): string[] {
  const faults = new Set<string>();
  const uses = name.endsWith('_exp') ? EXPRESSIONS.map((text) => `: ${text}`) : ARGUMENTS;
  for (const use of uses.filter((text) => !WRONG[name]?.test(text))) {
    for (const value of VALUES) {
      for (const [a, b] of use.includes('a') ? OTHERS : OTHERS.slice(0, 1)) {
        let result: unknown;
        try {
          result = engine().evalValueSync(`v | ${name}${use}`, { v: value, a, b });
        } catch (error) {
          if (READS_KEYS.has(name) && /undefined variable/.test(String(error))) continue;
          faults.add(`${JSON.stringify(value)} | ${name}${use} fails: ${String(error)}`);
          continue;
        }
        const args = use.includes(': a, b') ? [a, b] : use.includes(': a') ? [a] : [];
        for (const form of knownForms(value)) {
          const fault = faultOf(filtered(name, form, args.map(constantOf), 's'), result);
          if (fault) faults.add(`${JSON.stringify(value)} as ${form.type} | ${name}${use} with ${JSON.stringify(a)} ${fault}`); // prettier-ignore
        }
      }
    }
  }
  return [...faults].slice(0, 5);
}

describe('no filter fails because of a value, and each makes what the table says', () => {
  it.each(Object.keys(engine().filters))('%s', (name) => expect(faultsOf(name)).toEqual([]));
});

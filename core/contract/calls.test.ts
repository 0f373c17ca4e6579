import { describe, expect, it } from 'vitest';
import { textSha256 } from '../checksum.ts';
import type { JsonObject, Parameter } from '../prompt.ts';
import { checkValues } from '../value.ts';
import { generateCalls, type CallSource } from './calls.ts';

const PARAMETERS: Parameter[] = [
  { name: 'o', type: 'object', required: true },
  { name: 'n', type: 'number', required: false },
  { name: 'e', type: 'string', required: true, enum: ['x', 'y'] },
  { name: 'h', type: 'messages', required: true },
];

function calls(source: Partial<CallSource>, count = 200): JsonObject[] {
  const empty = { parameters: PARAMETERS, paths: [], literals: [], compared: [], targets: [] };
  return [...generateCalls({ ...empty, seed: textSha256('seed'), ...source }, count)];
}

describe('generated calls', () => {
  it('are strictly valid, each made once, and the same for the same pair', () => {
    const source = { paths: [['o', 'a', null, 'b']], literals: ['z', 7] };
    const made = calls(source);
    expect(made.length).toBeGreaterThan(100);
    expect(made.length).toBeLessThanOrEqual(200);
    for (const call of made) expect(checkValues(PARAMETERS, call, { strict: true }).ok).toBe(true);
    expect(new Set(made.map((call) => JSON.stringify(call))).size).toBe(made.length);
    expect(calls(source)).toEqual(made);
    expect(calls({ ...source, seed: textSha256('other') })).not.toEqual(made);
  });

  it('are no more than there are', () => {
    expect(calls({ parameters: [] })).toEqual([{}]);
    const only: Parameter[] = [{ name: 'e', type: 'string', required: true, enum: ['x', 'y'] }];
    expect(calls({ parameters: only })).toEqual([{ e: 'x' }, { e: 'y' }]);
  });

  it('have the constants that a template compares a place with, where they are valid', () => {
    const compared = [
      { path: ['o', 'kind'], values: ['refund'] },
      { path: ['n'], values: [42, 'text'] },
      { path: ['e'], values: ['z'] },
    ];
    const made = calls({ paths: [['o', 'kind']], compared });
    const kinds = made.map(({ o }) => (o as JsonObject).kind);
    expect(kinds.filter((kind) => kind === 'refund').length).toBeGreaterThan(10);
    expect(made.filter(({ n }) => n === 42).length).toBeGreaterThan(10);
  });

  it('miss what a new demand needs', () => {
    const made = calls({ paths: [['o', 'a']], targets: [['o', 'a']] });
    const without = made.filter(({ o }) => !Object.hasOwn(o as JsonObject, 'a'));
    expect(without.length).toBeGreaterThan(made.length / 6);
    expect(without.length).toBeLessThan(made.length);
  });
});

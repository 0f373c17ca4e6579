import { describe, expect, it } from 'vitest';
import type { JsonObject, Parameter } from '../prompt.ts';
import { change, type Rule, type Step } from './changes.ts';
import { callsBrokenBy } from './witness.ts';

const required = { required: true } as const;
const PARAMETERS: Parameter[] = [
  { name: 'name', type: 'string', ...required },
  { name: 'kind', type: 'string', ...required, enum: ['a', 'b'] },
  { name: 'any', type: 'object', ...required },
  { name: 'items', type: 'list', ...required },
  { name: 'history', type: 'messages', ...required },
  { name: 'order', type: 'object', ...required, fields: [
    { name: 'count', type: 'number', ...required },
    { name: 'rows', type: 'list', ...required, items: { type: 'object', fields: [
      { name: 'role', type: 'string', ...required },
      { name: 'price', type: 'number', ...required },
    ] } },
  ] },
]; // prettier-ignore

function calls(rule: Rule, steps: Step[], parameters = PARAMETERS): JsonObject[] {
  return callsBrokenBy(parameters, { ...change(rule, 'p', '', ''), steps });
}

describe('the calls that a change may break', () => {
  it.each<Rule>(['parameter.new_required', 'parameter.made_required'])(
    'by %s leave the value out',
    (rule) => {
      const [call, ...others] = calls(rule, ['name']);
      expect(others).toEqual([]);
      expect(Object.keys(call ?? {})).toEqual(['kind', 'any', 'items', 'history', 'order']);
      expect(calls(rule, ['new'])).toEqual(calls(rule, []));
      expect(calls(rule, ['order', 'count'])[0]?.order).toEqual({
        rows: [{ role: 'example role', price: 1 }],
      });
      expect(calls(rule, ['order', 'rows', null, 'price'])[0]?.order).toEqual({
        count: 1,
        rows: [{ role: 'example role' }],
      });
      expect(calls(rule, ['order', 'rows', null])[0]?.order).toEqual({ count: 1, rows: [] });
    },
  );
  it.each<Rule>(['parameter.gone', 'parameter.retyped'])('by %s have a value that was valid', (rule) => {
    expect(calls(rule, ['name'])[0]).toEqual(calls('parameter.gone', ['name'])[0]);
    expect(calls(rule, ['name'])[0]).toMatchObject({ name: 'Ada' });
    expect(calls(rule, ['order', 'count'])[0]?.order).toMatchObject({ count: 1 });
    expect(calls(rule, ['order', 'rows', null, 'role'])[0]?.order).toMatchObject({
      rows: [{ role: 'example role' }],
    });
    expect(calls(rule, ['new'])).toEqual([]);
  });

  it('by parameter.gone are one', () => {
    expect(calls('parameter.gone', ['name'])).toHaveLength(1);
  });

  it('by parameter.retyped have lists too, and messages that aren’t any more, or not yet', () => {
    const values = (steps: Step[]) => calls('parameter.retyped', steps).map((call) => call[steps[0] ?? '']);
    expect(values(['name']).slice(1)).toEqual([['text'], [1]]);
    const history = values(['history']);
    expect(history).toHaveLength(3 + 502);
    expect(history[3]).toEqual([{ role: 'user', content: 'Hello', another: true }]);
    expect(history[4]).toEqual([{ role: 'user', content: 'Hello', another_1: true }]);
    const rows = calls('parameter.retyped', ['order', 'rows']).map(({ order }) => (order as JsonObject).rows);
    expect(rows.slice(3)).toEqual([[{ price: 1, role: '' }]]);
  });

  it('by enums have the values that are lost, or one that no enum has', () => {
    expect(calls('parameter.enum_lost', ['kind']).map(({ kind }) => kind)).toEqual(['a', 'b']);
    expect(calls('parameter.enum_lost', ['name'])).toEqual([]);
    const texts = calls('parameter.enum_put_on', ['name']).map(({ name }) => name);
    expect(texts.slice(0, 2)).toEqual(['another', 'another_1']);
    expect(new Set(texts).size).toBe(502);
    const numbers = calls('parameter.enum_put_on', ['order', 'count']).map(
      ({ order }) => (order as JsonObject).count,
    );
    expect(numbers).toEqual(Array.from({ length: 502 }, (_, n) => n));
  });

  it('by declared fields and items have another field, or an item of another type', () => {
    const objects = calls('parameter.fields_put_on', ['any']).map(({ any }) => any);
    expect(objects.slice(0, 2)).toEqual([{ another: true }, { another_1: true }]);
    expect(objects).toHaveLength(502);
    expect(calls('parameter.items_put_on', ['items']).map(({ items }) => items)).toEqual([['text'], [1]]);
  });

  it('are none where a change breaks no call', () => {
    expect(calls('parameter.described', ['name'])).toEqual([]);
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { draws, makeParameters } from './parameter.arbitrary.ts';
import type { Parameter } from './prompt.ts';
import { checkValues, sampleValues } from './value.ts';

it('property: sample values are valid, so a valid call exists for all parameters', () => {
  fc.assert(
    fc.property(draws, (draw) => {
      const parameters = makeParameters(draw);
      for (const optional of [false, true]) {
        const checked = checkValues(parameters, sampleValues(parameters, { optional }), { strict: true });
        if (!checked.ok) throw new Error(JSON.stringify(checked.errors));
        expect(checked.warnings.filter(({ rule }) => rule !== 'value.deprecated')).toEqual([]);
      }
    }),
    { numRuns: 10_000 },
  );
});

it('samples have what is required and read like the parameter', () => {
  const price: Parameter = { name: 'price', type: 'number', required: true };
  const parameters: Parameter[] = [
    { name: 'name', type: 'string', required: true },
    { name: 'tone', type: 'string', required: false, enum: ['warm', 'cold'], default: 'warm' },
    {
      name: 'order',
      type: 'object',
      required: false,
      fields: [
        { name: 'id', type: 'number', required: true },
        { name: 'note', type: 'string', required: false, default: 'none' },
        { name: 'items', type: 'list', required: false, items: { type: 'object', fields: [price] } },
      ],
    },
    { name: 'due_date', type: 'string', required: true },
    { name: 'old', type: 'string', required: false, deprecated: 'Use `order`.' },
  ];
  expect(sampleValues(parameters)).toEqual({ name: 'Ada', due_date: '2026-01-31' });
  expect(sampleValues(parameters, { optional: true })).toEqual({
    name: 'Ada',
    order: { id: 1, items: [{ price: 1 }] },
    due_date: '2026-01-31',
  });
  const texts = (...names: string[]): unknown[] =>
    names.map((name) => sampleValues([{ name, type: 'string', required: true }])[name]);
  expect(texts('reason', 'ticketTitle', 'customer_name', '_', 'constructor')).toEqual([
    'example reason',
    'example ticket title',
    'Ada',
    'example text',
    'example constructor',
  ]);
});

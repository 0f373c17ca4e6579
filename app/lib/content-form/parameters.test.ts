import { expect, it } from 'vitest';
import { emptyParameterForm } from '../content-form.ts';
import { equalParameterForms } from './parameters.ts';

it('two forms of a parameter are equal when they say the same, at every depth, whatever keys React gave them', () => {
  const order = (field: string, key?: string) => ({
    ...emptyParameterForm('order', 'object'),
    fields: [{ ...emptyParameterForm(field), ...(key ? { key } : {}) }],
    ...(key ? { key } : {}),
  });
  expect(equalParameterForms(order('id', 'a'), order('id', 'b'))).toBe(true);
  expect(equalParameterForms(order('id', 'a'), order('id'))).toBe(true);
  expect(equalParameterForms(order('id', 'a'), order('number', 'a'))).toBe(false);
  expect(equalParameterForms(order('id'), undefined)).toBe(false);
});

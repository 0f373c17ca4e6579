import { expect, it } from 'vitest';
import type { Parameter, PromptContent } from '@anvil/core/prompt';
import { parseTemplate } from '@anvil/core/template/parse';
import { compareStoredDemands } from './demand-comparisons.ts';
import type { StoredRenderable } from './renderables.ts';

const PARAMETERS: Parameter[] = [{ name: 'o', type: 'object', required: true }];

function stored(template: string): StoredRenderable {
  const content: PromptContent = { kind: 'text', template, parameters: PARAMETERS, config: '{}' };
  return { content, partials: {}, key: `key of ${template}` };
}

it('analyses a pair once for all requests of an organisation', () => {
  const parsed: string[] = [];
  const compare = (organisationId: string) =>
    compareStoredDemands(organisationId, stored('{{ o.a }}'), stored('{{ o.b }}'), (source) => {
      parsed.push(source);
      return parseTemplate(source);
    });
  const first = compare('one');
  expect(first?.more.map(({ when }) => when)).toEqual(['`o.b` is missing']);
  const count = parsed.length;
  expect(compare('one')).toBe(first);
  expect(parsed).toHaveLength(count);
  expect(compare('two')).not.toBe(first);
});

it('remembers that a pair is too large to be judged', () => {
  const loops = '{% for a in o.a %}{% assign b = a %}'.repeat(30) + '{% endfor %}'.repeat(30);
  const parsed: string[] = [];
  const compare = () =>
    compareStoredDemands('one', stored(loops), stored(`${loops}.`), (source) => {
      parsed.push(source);
      return parseTemplate(source);
    });
  expect(compare()).toBeUndefined();
  const count = parsed.length;
  expect(compare()).toBeUndefined();
  expect(parsed).toHaveLength(count);
});

it('forgets old pairs when the texts of newer ones need the space', () => {
  const parsed: string[] = [];
  const compare = (number: number) => {
    const text = `${number}`.padEnd(200_000, 'x');
    const template = (field: string) => `{% if o.${field} == "${text}" %}yes{% endif %}`;
    return compareStoredDemands('one', stored(template('a')), stored(template('b')), (source) => {
      parsed.push(source);
      return parseTemplate(source);
    });
  };
  for (let number = 0; number < 50; number++) compare(number);
  const count = parsed.length;
  compare(49);
  expect(parsed).toHaveLength(count);
  compare(0);
  expect(parsed.length).toBeGreaterThan(count);
});

import { expect, it } from 'vitest';
import { createParseCache } from './parse-cache.ts';

it('parses a template once, and forgets the least recently used', () => {
  const parse = createParseCache(20_000);
  const [a, b, c] = ['a{{ x }}', 'b{{ x }}', 'c{{ x }}'].map((source) => parse(source));
  expect(parse('a{{ x }}')).toBe(a);
  for (let i = 0; i < 4; i++) parse(`${i}{{ x }}`);
  expect(parse('a{{ x }}')).toBe(a);
  expect(parse('b{{ x }}')).not.toBe(b);
  expect(parse('c{{ x }}')).not.toBe(c);
});

it('does not remember a template that would push out all others', () => {
  const parse = createParseCache(20_000);
  const small = parse('{{ a }}');
  const large = parse('{{ a }}'.repeat(8));
  expect(parse('{{ a }}'.repeat(8))).not.toBe(large);
  expect(parse('{{ a }}')).toBe(small);
});

import { expect, test } from 'vitest';
import { bearerToken } from './bearer.ts';

test.each(['Bearer ank_1', 'bearer ank_1', 'BEARER ank_1', 'bEaReR   ank_1', 'Bearer ank_1  '])(
  'reads the token of %j',
  (header) => expect(bearerToken(header)).toBe('ank_1'),
);

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer    ',
  'Basic YTpi',
  'Bearerank_1',
  'Bearer a b',
  'ank_1',
])('finds no token in %j', (header) => expect(bearerToken(header)).toBeUndefined());

import { expect, it } from 'vitest';
import { stateOfKey } from './key-state.ts';

const now = new Date('2030-01-07T12:00:00Z');
const key = (expires_at: string | null, revoked_at: string | null = null) => ({ expires_at, revoked_at });

it('a key without an end lives on', () => {
  expect(stateOfKey(key(null), now)).toBe('live');
});

it('warns in the last five days, not before', () => {
  expect(stateOfKey(key('2030-01-12T12:00:00Z'), now)).toBe('live');
  expect(stateOfKey(key('2030-01-12T11:59:59Z'), now)).toBe('ends-soon');
});

it('is expired from its very end on', () => {
  expect(stateOfKey(key('2030-01-07T12:00:00Z'), now)).toBe('expired');
});

it('says revoked rather than expired', () => {
  expect(stateOfKey(key('2029-01-01T00:00:00Z', '2028-01-01T00:00:00Z'), now)).toBe('revoked');
});

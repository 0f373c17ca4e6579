import { expect, test } from 'vitest';
import { formatRelative, formatUtc, formatUtcDate, formatUtcExact, nextChange } from './dates.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

function away(milliseconds: number): Date {
  return new Date(NOW.getTime() + milliseconds);
}

test('absolute times are ISO order in UTC, whatever zone the machine is in', () => {
  const time = new Date('2026-03-01T23:04:05+02:00');
  expect(formatUtc(time)).toBe('2026-03-01 21:04 UTC');
  expect(formatUtcExact(time)).toBe('2026-03-01 21:04:05 UTC');
  expect(formatUtcDate(new Date('2026-03-01T23:30:00-05:00'))).toBe('2026-03-02');
});

test.each([
  [-3 * SECOND, '3 s ago'],
  [-59 * SECOND, '59 s ago'],
  [-60 * SECOND, '1 min ago'],
  [-2 * MINUTE, '2 min ago'],
  [-4 * HOUR, '4 h ago'],
  [-6 * DAY, '6 d ago'],
  [-13 * DAY, '13 d ago'],
  [-14 * DAY, '2 w ago'],
  [-36 * DAY, '5 w ago'],
  [-63 * DAY, '2026-01-06'],
  [61 * DAY, 'in 61 d'],
  [4 * DAY + HOUR, 'in 4 d'],
  [100 * DAY, '2026-06-18'],
])('a time %i ms away is said as %s', (milliseconds, text) => {
  expect(formatRelative(away(milliseconds), NOW)).toBe(text);
});

test('in a column about the past a time is said without "ago"', () => {
  expect(formatRelative(away(-4 * HOUR), NOW, { short: true })).toBe('4 h');
  expect(formatRelative(NOW, NOW, { short: true })).toBe('now');
});

test('a clock that is half a second ahead puts nothing into the future', () => {
  expect(formatRelative(away(500), NOW)).toBe('just now');
});

test('a relative time is looked at again as soon as its smallest unit has passed', () => {
  expect(nextChange(away(-5 * SECOND), NOW)).toBe(SECOND);
  expect(nextChange(away(-5 * MINUTE), NOW)).toBe(MINUTE);
  expect(nextChange(away(-5 * HOUR), NOW)).toBe(HOUR);
  expect(nextChange(away(-5 * DAY), NOW)).toBe(Infinity);
});

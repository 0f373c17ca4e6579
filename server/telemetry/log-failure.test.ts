import { pino } from 'pino';
import { expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { logRefusal } from './log-failure.ts';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['::ffff:cb00:7107', '::ffff:cb00:7107'],
])('logs a refused client at %s as %s', (ip, logged) => {
  const lines: unknown[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  logRefusal({ log, ip }, new AppError('UNAUTHORIZED', 'Wrong.', { reason: 'sign_in_failed' }));
  expect(lines).toEqual([expect.objectContaining({ ip: logged, reason: 'sign_in_failed', msg: 'refused' })]);
});

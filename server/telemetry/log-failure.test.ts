import { pino } from 'pino';
import { expect, test } from 'vitest';
import { DatabaseFailure } from '#db/errors.ts';
import { AppError, notFound, toAppError } from '../errors.ts';
import { logFailure, logRefusal } from './log-failure.ts';
import { createLogger } from './logger.ts';

/** The line that was logged, and what was reported as a bug. */
function failing(error: AppError): { line: Record<string, unknown> | undefined; reported: Error[] } {
  let text = '';
  const reported: Error[] = [];
  const log = createLogger('info', { write: (line: string) => void (text += line) }, (bug) =>
    reported.push(bug),
  );
  logFailure(log, error, 'page failed');
  const line = text ? (JSON.parse(text) as Record<string, unknown>) : undefined;
  return { line, reported };
}

test('a bug is an error and reported as it was thrown', () => {
  const bug = new TypeError('x is undefined');
  const { line, reported } = failing(toAppError(bug));
  expect(line).toMatchObject({ level: 'error', err: { message: 'x is undefined' } });
  expect(reported).toEqual([bug]);
});

test('a database that is away is a warning of one line without a stack, and is not reported', () => {
  const away = new DatabaseFailure('unavailable', 'connect ECONNREFUSED');
  const { line, reported } = failing(toAppError(away));
  expect(line).toMatchObject({
    level: 'warn',
    reason: 'database_unavailable',
    cause: 'connect ECONNREFUSED',
  });
  expect(line).not.toHaveProperty('err');
  expect(reported).toEqual([]);
});

test('what the request did wrong is not logged', () => {
  expect(failing(notFound('prompt'))).toEqual({ line: undefined, reported: [] });
});

test.each([
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

import { expect, test } from 'vitest';
import type { AppError } from '../errors.ts';
import { notFound, toAppError } from '../errors.ts';
import { logFailure } from './log-failure.ts';
import { createLogger } from './logger.ts';

/** The level of what was logged, and what was reported as a bug. */
function failing(error: AppError): { level: string | undefined; reported: Error[] } {
  let text = '';
  const reported: Error[] = [];
  const log = createLogger('info', { write: (line: string) => void (text += line) }, (bug) =>
    reported.push(bug),
  );
  logFailure(log, error, 'page failed');
  const level = text ? (JSON.parse(text) as { level: string }).level : undefined;
  return { level, reported };
}

test('a bug is an error and reported as it was thrown', () => {
  const bug = new TypeError('x is undefined');
  expect(failing(toAppError(bug))).toEqual({ level: 'error', reported: [bug] });
});

test('a database that is away is a warning and reported by nobody', () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  expect(failing(toAppError(away))).toEqual({ level: 'warn', reported: [] });
});

test('what the request did wrong is not logged', () => {
  expect(failing(notFound('prompt'))).toEqual({ level: undefined, reported: [] });
});

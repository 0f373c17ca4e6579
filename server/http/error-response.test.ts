import Fastify from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { FAILURES } from '#db/errors.ts';
import { AppError, DEFAULT_RETRY_AFTER_SECONDS, type ErrorCode } from '../errors.ts';
import { handleError } from './error-handler.ts';

let thrown: unknown;
const app = Fastify();
app.setErrorHandler(handleError);
app.get('*', () => {
  throw thrown;
});
afterAll(() => app.close());

async function answerTo(error: unknown, url = '/', accept = '*/*') {
  thrown = error;
  const { statusCode, headers, body } = await app.inject({ url, headers: { accept } });
  return { status: statusCode, headers, body };
}

const errorOf = (code: ErrorCode, reason: string, retryAfterSeconds?: number) =>
  new AppError(code, 'Words.', { reason, retryAfterSeconds });

describe('Retry-After', () => {
  it.each([
    ['TOO_MANY_REQUESTS', 'x', undefined, String(DEFAULT_RETRY_AFTER_SECONDS)],
    ['TOO_MANY_REQUESTS', 'x', 77, '77'],
    ['SERVICE_UNAVAILABLE', 'x', undefined, String(DEFAULT_RETRY_AFTER_SECONDS)],
    ['SERVICE_UNAVAILABLE', 'x', 1, '1'],
    ['SERVICE_UNAVAILABLE', FAILURES.outcome_unknown.reason, undefined, undefined],
    ['SERVICE_UNAVAILABLE', FAILURES.outcome_unknown.reason, 3, '3'],
    ['NOT_FOUND', 'x', undefined, undefined],
    ['INTERNAL_SERVER_ERROR', 'x', undefined, undefined],
  ] as const)('of %s %s with %s is %s', async (code, reason, given, sent) => {
    expect((await answerTo(errorOf(code, reason, given))).headers['retry-after']).toBe(sent);
  });
});

it('an error is never cached, and a 401 names the scheme', async () => {
  const { status, headers } = await answerTo(errorOf('UNAUTHORIZED', 'unauthenticated'));
  expect([status, headers['cache-control'], headers['www-authenticate']]).toEqual([
    401,
    'no-store',
    'Bearer realm="Anvil"',
  ]);
});

it('people who open a page get a page without markup of the message, programs get JSON', async () => {
  const error = new AppError('NOT_FOUND', '<b>"Gone"</b>', { reason: 'not_found' });
  const page = await answerTo(error, '/o/acme', 'text/html,*/*');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.body).toContain('<p>&#60;b&#62;&#34;Gone&#34;&#60;/b&#62;</p>');
  for (const url of ['/api/v1/x', '/trpc/x'])
    expect(JSON.parse((await answerTo(error, url, 'text/html')).body)).toMatchObject({
      error: { type: 'not_found', reason: 'not_found', details: [] },
    });
});

it('a bug says nothing of itself', async () => {
  const { status, body } = await answerTo(new Error('select * from secrets'));
  expect(status).toBe(500);
  expect(JSON.parse(body)).toMatchObject({ error: { reason: 'internal', message: 'Internal error' } });
});

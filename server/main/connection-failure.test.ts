import { expect, it } from 'vitest';
import { connectionFailure } from './connection-failure.ts';
import { listenFailure } from './listen.ts';

const URL = 'postgres://anvil:secret@db.example:6432/prompts';

const failure = (code: string | undefined, message = 'what the driver says') =>
  connectionFailure(Object.assign(new Error(message), { code }), { url: URL, variable: 'DATABASE_URL' });

it.each([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ECONNRESET',
  '57P03',
  '53300',
  '08P01',
  undefined,
])('waits after %s and names the place', (code) => {
  expect(failure(code)).toEqual({
    canWait: true,
    message: expect.stringContaining(
      `Can't reach the database at db.example:6432 (${code ?? 'what the driver'}`,
    ),
  });
});

it.each([
  ['28P01', 'refused the password of the role anvil'],
  ['28000', "doesn't let the role anvil sign in"],
  ['3D000', 'has no database prompts'],
  ['42501', 'may not connect to the database prompts'],
  ['EACCES', "may not open the database's socket"],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'DATABASE_CA'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "can't be verified"],
])('ends the start after %s', (code, sentence) => {
  expect(failure(code)).toEqual({ canWait: false, message: expect.stringContaining(sentence) });
});

it('ends the start when the server has no TLS, and never shows the password', () => {
  const { canWait, message } = failure(undefined, 'The server does not support SSL connections');
  expect([canWait, message]).toEqual([false, expect.stringContaining("doesn't offer TLS")]);
  expect(message).not.toContain('secret');
});

it('names the folder of a socket', () => {
  const error = Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' });
  const url = 'postgres://anvil@/anvil?host=/run/postgresql';
  expect(connectionFailure(error, { url, variable: 'DATABASE_URL' }).message).toContain(
    '/run/postgresql (ENOENT)',
  );
});

it.each([
  ['EADDRINUSE', 'Port 80 is taken'],
  ['EACCES', 'Set PORT to a number above 1023'],
  ['EADDRNOTAVAIL', 'HOST db is not an address of this machine'],
  ['ENOTFOUND', 'HOST db is not an address of this machine'],
  ['EMFILE', "can't listen on db, port 80 (EMFILE)"],
])('explains a port that fails with %s', (code, sentence) => {
  expect(listenFailure(code, { host: 'db', port: 80, variable: 'PORT' })).toContain(sentence);
});

import { expect, it } from 'vitest';
import type { MailOutcome } from '../mail/mailer.ts';
import { createLogger } from '../telemetry/logger.ts';
import { logMailFailure } from './log-mail-failure.ts';

const nextTry = new Date('2026-12-01T10:00:00Z');

it.each<[MailOutcome, Date | undefined, string]>([
  ['unavailable', nextTry, 'a mail was not sent, and is tried again'],
  ['refused', undefined, 'a mail was not sent, and is not tried again'],
  ['unknown', nextTry, 'a mail may not have been sent, and is tried again'],
  ['unknown', undefined, 'a mail may not have been sent, and is not tried again'],
])('%s with the next try at %s is logged as: %s', (outcome, next, msg) => {
  const lines: string[] = [];
  const log = createLogger('info', { write: (line: string) => void lines.push(line) });
  logMailFailure(log, { kind: 'sign_in', outcome, attempt: 1, nextTry: next, serverWords: '451 later' });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    {
      level: 'warn',
      msg,
      outcome,
      attempt: 1,
      next_try: next?.toISOString() ?? null,
      server_said: '451 later',
    },
  ]);
});

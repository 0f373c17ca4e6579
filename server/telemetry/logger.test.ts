import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { createLogger } from './logger.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  write(createLogger('info', { write: (line: string) => void (text += line) }));
  return text;
}

describe('the log', () => {
  it('is JSON with the level as a word and the time in UTC', () => {
    const entry = JSON.parse(logged((log) => log.info({ port: 1 }, 'ready'))) as Record<string, unknown>;
    expect(entry).toEqual({
      level: 'info',
      time: expect.stringMatching(/Z$/) as string,
      port: 1,
      msg: 'ready',
    });
  });

  it('holds no secret, template or value, at the top or one level down', () => {
    const secrets = { password: 's3cret', token: 's3cret', template: 's3cret', values: { a: 's3cret' } };
    const text = logged((log) => {
      log.info(secrets);
      log.info({ input: secrets, headers: { authorization: 's3cret', cookie: 's3cret' } });
    });
    expect(text).not.toContain('s3cret');
    expect(text).toContain('[redacted]');
  });

  it('holds of an error its words, not what it carries', () => {
    const error = new AppError('CONFLICT', 'Somebody saved.', {
      reason: 'revision_conflict',
      data: { text: 's3cret' },
    });
    const text = logged((log) => log.error({ err: error }));
    expect(text).toContain('revision_conflict');
    expect(text).not.toContain('s3cret');
  });

  it('holds of a failed statement the words of the database, not the statement with its values', () => {
    const native = Object.assign(new Error('duplicate key'), {
      severity: 'ERROR',
      detail: '(email)=(s3cret)',
    });
    const error = Object.assign(new Error("insert into users ('s3cret - x') - duplicate key"), {
      nativeError: native,
      bindings: ['s3cret'],
    });
    const text = logged((log) => log.error({ err: new Error('outer', { cause: error }) }));
    expect(text).toContain('duplicate key');
    expect(text).not.toContain('s3cret');
  });
});

import { describe, expect, test } from 'vitest';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { createLine, createPasswordHasher, DUMMY_PASSWORD_HASH, refuseCommonPassword } from './passwords.ts';

describe('the hasher', () => {
  test('verifies the password that it hashed and no other', async () => {
    const hasher = createPasswordHasher();
    const hash = await hasher.hash('correct horse battery stable');
    expect(await hasher.verify(hash, 'correct horse battery stable')).toBe(true);
    expect(await hasher.verify(hash, 'correct horse battery staple')).toBe(false);
  });

  test('salts: the same password never gives the same hash', async () => {
    const hasher = createPasswordHasher();
    expect(await hasher.hash('the same password')).not.toBe(await hasher.hash('the same password'));
  });

  test('takes the parameters that OWASP asks for, and the dummy hash costs exactly as much', async () => {
    const costs = '$argon2id$v=19$m=19456,t=2,p=1$';
    expect(await createPasswordHasher().hash('a password of mine')).toContain(costs);
    expect(DUMMY_PASSWORD_HASH).toContain(costs);
    expect(await createPasswordHasher().verify(DUMMY_PASSWORD_HASH, '')).toBe(false);
  });
});

describe('the line', () => {
  test('lets no more run at once than it was told, and everybody comes in turn', async () => {
    const inLine = createLine({ atOnce: 2, waitingMax: 10 });
    let running = 0;
    const seen: number[] = [];
    const order: number[] = [];
    const work = Array.from({ length: 8 }, (_, number) =>
      inLine(async () => {
        running += 1;
        seen.push(running);
        order.push(number);
        await new Promise(setImmediate);
        running -= 1;
      }),
    );
    await Promise.all(work);
    expect(Math.max(...seen)).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('work that fails gives its place to the next', async () => {
    const inLine = createLine({ atOnce: 1, waitingMax: 10 });
    const failing = inLine(() => Promise.reject(new Error('no')));
    const next = inLine(() => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
    expect(await inLine(() => Promise.resolve('free again'))).toBe('free again');
  });

  test('whoever would wait too long is sent away with 503 and comes again later', async () => {
    const inLine = createLine({ atOnce: 1, waitingMax: 1 });
    let end = () => undefined as void;
    const running = inLine(() => new Promise<void>((resolve) => (end = resolve)));
    const waiting = inLine(() => Promise.resolve());
    await expect(inLine(() => Promise.resolve())).rejects.toMatchObject({
      status: 503,
      reason: 'busy',
      retryAfterSeconds: 5,
    });
    end();
    await Promise.all([running, waiting]);
  });
});

test('the most common passwords are refused in any case, at their field, and others are not', () => {
  for (const common of ['passwordpassword', 'PasswordPassword', 'qwertyuiop12', '1q2w3e4r5t6y']) {
    expect(() => refuseCommonPassword(common)).toThrow(
      expect.objectContaining({
        reason: 'password_too_common',
        details: [expect.objectContaining({ field: 'password' })],
      }),
    );
  }
  expect(() => refuseCommonPassword('correct horse battery stable')).not.toThrow();
});

test('the list holds only what the length lets through, in lower case', () => {
  for (const password of COMMON_PASSWORDS) {
    expect(password.length).toBeGreaterThanOrEqual(12);
    expect(password).toBe(password.toLowerCase());
  }
});

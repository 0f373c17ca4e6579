import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import {
  createLine,
  createPasswordHasher,
  DUMMY_PASSWORD_HASH,
  assertUncommonPassword,
} from './passwords.ts';
import { newPassword, opaqueString } from '../schemas/passwords.ts';
import { isPredictable } from './predictable-passwords.ts';

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

describe('a new password', () => {
  const refused = (password: string, email = 'ada@example.com') => {
    const parsed = newPassword.safeParse(password);
    if (!parsed.success) return 'length';
    try {
      assertUncommonPassword(opaqueString(password), email);
      return undefined;
    } catch (error) {
      expect(error).toMatchObject({ details: [{ field: 'password' }] });
      return (error as { reason: string }).reason;
    }
  };

  test.each([
    ...['passwordpassword', 'PasswordPassword', 'qwertyuiop12', '1q2w3e4r5t6y'],
    ...['123456789012', 'Password1234!', 'changeme1234', 'admin1234567', 'qwerty1234567', '1234567890qw'],
    ...[' '.repeat(12), '\u00a0'.repeat(12), 'aaaaaaaaaaaaa', 'abcabcabcabc', '12341234123412'],
    ...['P@ssw0rd2026', 'Summer2026!!!', 'welcome98765', '210987654321', 'letmein123456', 'anvilanvil2026'],
  ])('that is common is refused: %j', (password) => {
    expect(refused(password)).toBe('password_too_common');
  });

  test.each(['ada.lovelace@example.com', 'Ada.Lovelace@Example.com', 'ada.lovelace'])(
    'that is the own address is refused: %s',
    (password) => {
      expect(refused(password, 'ada.lovelace@example.com')).toBe('password_too_common');
    },
  );

  test('has 12 characters, however many code units they take', () => {
    expect(refused('😀😁😂🤣😃😄')).toBe('length');
    expect(refused('😀😁😂🤣😃😄😅😆😉😊😋😎')).toBeUndefined();
    expect(refused('e\u0301'.repeat(11))).toBe('length');
  });

  test.each([
    ...['correct horse battery stable', 'four words nobody combines', 'Tr0ub4dor&3xyz', 'x7Kp2mQ9vLw4'],
    ...['password of my grandmother', 'summer in Berlin 2026', 'qwerty is a keyboard'],
  ])('that is not common is taken: %s', (password) => {
    expect(refused(password)).toBeUndefined();
  });

  test('that is random is taken, and judged in a moment however long it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{16}$/), (password) => {
        fc.pre(!/(.)\1/.test(password));
        expect(isPredictable(password)).toBe(false);
      }),
    );
    for (const unit of ['a', 'ab', 'password', '1234567890', 'summer2026'])
      expect(typeof isPredictable(unit.repeat(256).slice(0, 256))).toBe('boolean');
  });
});

test('a password is the same however a keyboard composes its characters, and whatever its spaces are', () => {
  expect(opaqueString('Zu\u0308rich\u00a0und\u3000Gene\u0300ve')).toBe('Z\u00fcrich und Gen\u00e8ve');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (typed) => {
      const prepared = opaqueString(typed);
      expect(opaqueString(typed.normalize('NFD'))).toBe(prepared);
      expect(opaqueString(prepared)).toBe(prepared);
    }),
  );
});

test('the list holds only what the length lets through, in lower case', () => {
  for (const password of COMMON_PASSWORDS) {
    expect(password.length).toBeGreaterThanOrEqual(12);
    expect(password).toBe(password.toLowerCase());
  }
});

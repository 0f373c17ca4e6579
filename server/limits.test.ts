import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemoryLimits, LIMITS, networkOf, type LimitName } from './limits.ts';

// The counters read the clock of the process, which stands still here.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The table as product.md 6 has it, typed by hand. */
const TABLE: [LimitName, number, number][] = [
  ['signInPerAccountAndIp', 5, 60],
  ['signInPerIp', 100, 60],
  ['registrationPerIp', 10, 3_600],
  ['registrationMailPerMailbox', 3, 3_600],
  ['mailPerAddress', 3, 3_600],
  ['mailPerKnownBrowser', 3, 3_600],
  ['apiWritePerKey', 600, 60],
];

async function outcomes(count: number, consume: () => Promise<void>): Promise<string[]> {
  const results = await Promise.allSettled(Array.from({ length: count }, consume));
  return results.map((result) =>
    result.status === 'fulfilled' ? 'passed' : (result.reason as { reason: string }).reason,
  );
}

describe.each(TABLE)('%s', (name, points, seconds) => {
  test(`lets ${points} in ${seconds} s pass, many at once too, and says when to come again`, async () => {
    const limits = createMemoryLimits();
    const results = await outcomes(points + 3, () => limits.consume(name, 'me'));
    expect(results.filter((result) => result === 'passed')).toHaveLength(points);
    expect(results.filter((result) => result === 'too_many_requests')).toHaveLength(3);
    const refusal = await limits.consume(name, 'me').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ status: 429, reason: 'too_many_requests' });
    const { retryAfterSeconds } = refusal as { retryAfterSeconds: number };
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(seconds);
  });

  test('counts each key and each process for itself', async () => {
    const limits = createMemoryLimits();
    await outcomes(points + 1, () => limits.consume(name, 'me'));
    await expect(limits.consume(name, 'somebody else')).resolves.toBeUndefined();
    await expect(createMemoryLimits().consume(name, 'me')).resolves.toBeUndefined();
  });

  test('what is given back does not count, and a reset forgets all', async () => {
    const limits = createMemoryLimits();
    await outcomes(points, () => limits.consume(name, 'me'));
    await limits.giveBack(name, 'me');
    expect(await outcomes(2, () => limits.consume(name, 'me'))).toEqual(['passed', 'too_many_requests']);
    await limits.reset(name, 'me');
    await expect(limits.consume(name, 'me')).resolves.toBeUndefined();
  });
});

describe('the growing delay per account', () => {
  const { points, growing } = LIMITS.signInPerAccount;

  test('begins after its points: one attempt passes, many at once don’t, and a reset ends it', async () => {
    const limits = createMemoryLimits();
    const results = await outcomes(points + 10, () => limits.consume('signInPerAccount', 'ada@example.com'));
    expect(results.filter((result) => result === 'passed')).toHaveLength(points + 1);
    const refusal = await limits
      .consume('signInPerAccount', 'ada@example.com')
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ status: 429, retryAfterSeconds: 1 });
    vi.advanceTimersByTime(1_000);
    await expect(limits.consume('signInPerAccount', 'ada@example.com')).resolves.toBeUndefined();
    await expect(limits.consume('signInPerAccount', 'ada@example.com')).rejects.toMatchObject({
      status: 429,
    });
    await limits.reset('signInPerAccount', 'ada@example.com');
    await expect(limits.consume('signInPerAccount', 'ada@example.com')).resolves.toBeUndefined();
  });

  test('is never longer than five minutes', () => {
    expect(growing).toBe(300);
  });
});

test('an IPv6 caller is counted by its network of 64 bits, an IPv4 one by its address', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf('192.0.2.7:50123')).toBe('192.0.2.7');
  expect(networkOf('[2001:db8::1]:50123')).toBe('2001:db8:0:0::/64');
  expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(networkOf('2001:0DB8:1:2::1')).toBe('2001:db8:1:2::/64');
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
});

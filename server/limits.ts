import { RateLimiterMemory } from 'rate-limiter-flexible';
import { isIPv6 } from 'node:net';
import { AppError } from './errors.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * The table of limits (product.md 6): `points` per `seconds` and key. With `growing`, a key that has used its points up
 * isn't refused until the time is over. After each further attempt it is refused for 1, 2, 4 … seconds, at most `growing`.
 * All servers count the `shared` limits together. While their database is away, they refuse every attempt with 503.
 */
export const LIMITS = {
  /** Failed sign-ins: an attempt is counted before the password is checked and refunded when it was right. */
  signInPerAccountAndIp: { points: 5, seconds: MINUTE, shared: true },
  signInPerIp: { points: 100, seconds: MINUTE, shared: true },
  /** Slows guesses from many networks down. Who passes is chance, so the person signs in by a mailed link meanwhile. */
  signInPerAccount: { points: 20, seconds: HOUR, growing: 5 * MINUTE, shared: true },
  /** A browser that was signed in to the account before is counted by this limit only. */
  signInPerKnownBrowser: { points: 10, seconds: HOUR, growing: 5 * MINUTE, shared: true },
  registrationPerIp: { points: 10, seconds: HOUR, shared: true },
  /** Mails to a mailbox, by whichever of its addresses. Registrations don't use up the mails of reset and sign-in. */
  registrationMailPerMailbox: { points: 3, seconds: HOUR, shared: true },
  /** Mails to an address, whether or not an account has it. */
  mailPerAddress: { points: 3, seconds: HOUR, shared: true },
  /** Mails that a known browser or a signed-in person asks for. Requests from elsewhere don't use them up. */
  mailPerKnownBrowser: { points: 3, seconds: HOUR, shared: true },
  apiWritePerKey: { points: 600, seconds: MINUTE },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

interface Limit {
  points: number;
  seconds: number;
  growing?: number;
  /** Counted by all servers together. */
  shared?: boolean;
}

/** How much of a limit is left, at the moment of one call. */
export interface LimitStanding {
  limit: number;
  remaining: number;
  /** Seconds until all of it is back. */
  resetSeconds: number;
}

/** @returns the standing as headers of an answer, so that programs can slow down before they are refused */
export function rateLimitHeaders({ limit, remaining, resetSeconds }: LimitStanding): Record<string, string> {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds),
  };
}

/** Counts what somebody does. */
export interface Limits {
  /**
   * Counts one. Many at once can't slip through, since counting and judging are one step.
   *
   * @param key who, such as an address; see `networkOf` for IPs
   * @param tell called with what is left, before a refusal too
   * @throws AppError TOO_MANY_REQUESTS with `retryAfterSeconds`
   */
  consume(name: LimitName, key: string, tell?: (standing: LimitStanding) => void): Promise<void>;
  /** Takes back one that turned out not to count. */
  giveBack(name: LimitName, key: string): Promise<void>;
  /** Forgets everything that was counted for the key. */
  reset(name: LimitName, key: string): Promise<void>;
}

/** Counts per key; the time of a key begins with its first one. */
export interface AttemptCounters {
  /** Counts one, as one step however many do so at once. @returns how many there are now, and for how long */
  add(key: string, seconds: number): Promise<{ count: number; msLeft: number }>;
  takeBack(key: string): Promise<void>;
  forget(keys: readonly string[]): Promise<void>;
}

/** @returns limits counted in this process alone, gone with it */
export function createMemoryLimits(): Limits {
  const counters = memoryCounters();
  return createLimits(() => counters);
}

/** @param shared counts for all servers what the table calls shared; the rest is counted by each for itself */
export function createSharedLimits(shared: AttemptCounters): Limits {
  const own = memoryCounters();
  return createLimits((limit) => (limit.shared ? shared : own));
}

function memoryCounters(): AttemptCounters {
  const limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: HOUR });
  return {
    add: async (key, seconds) => {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key, 1, { customDuration: seconds });
      return { count: consumedPoints, msLeft: msBeforeNext };
    },
    takeBack: async (key) => void (await limiter.reward(key)),
    forget: async (keys) => void (await Promise.all(keys.map((key) => limiter.delete(key)))),
  };
}

function createLimits(countersOf: (limit: Limit) => AttemptCounters): Limits {
  const find = (name: LimitName, key: string) => {
    const limit: Limit = LIMITS[name];
    return { limit, counters: countersOf(limit), counted: `${name} ${key}`, gate: `${name} gate ${key}` };
  };
  return {
    consume: async (name, key, tell) => {
      const { limit, counters, counted, gate } = find(name, key);
      const { points, seconds, growing } = limit;
      const { count, msLeft } = await counters.add(counted, seconds);
      tell?.({
        limit: points,
        remaining: Math.max(0, points - count),
        resetSeconds: Math.ceil(msLeft / 1_000),
      });
      if (count <= points) return;
      if (growing === undefined) throw tooMany(msLeft);
      const delaySeconds = Math.min(2 ** (count - points - 1), growing);
      // The first one passes and closes the gate behind it.
      const passing = await counters.add(gate, delaySeconds);
      if (passing.count === 1) return;
      await counters.takeBack(counted);
      throw tooMany(passing.msLeft);
    },
    giveBack: (name, key) => {
      const { counters, counted } = find(name, key);
      return counters.takeBack(counted);
    },
    reset: (name, key) => {
      const { counters, counted, gate } = find(name, key);
      return counters.forget([counted, gate]);
    },
  };
}

/**
 * Returns the part of an IP that stands for one caller. An IPv6 customer has 2^64 addresses, so it is the first 64 bits.
 * An IPv4 address counts as it is, also when it is written as IPv6.
 */
export function networkOf(ip: string): string {
  // Some proxies append the port of the client, which changes with each connection.
  const host = /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(ip)?.[1] ?? ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  if (mapped) return mapped;
  const address = host.replace(/%.*$/, '');
  if (!isIPv6(address)) return host;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - after)).fill('0'));
  }
  const first = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  while (first.length < 4) first.push('0');
  return `${first.join(':')}::/64`;
}

function tooMany(waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const wait =
    retryAfterSeconds < 2 * MINUTE
      ? `${retryAfterSeconds} s`
      : `${Math.ceil(retryAfterSeconds / MINUTE)} minutes`;
  return new AppError('TOO_MANY_REQUESTS', `Too many requests. Try again in ${wait}.`, {
    reason: 'too_many_requests',
    retryAfterSeconds,
  });
}

import { RateLimiterMemory, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { isIPv6 } from 'node:net';
import { AppError } from './errors.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * The one table of limits: `points` per `seconds` and key. With `growing`, a key past its points is not refused until
 * the time is over but for 1, 2, 4 … seconds after each further one, at most `growing`.
 */
export const LIMITS = {
  /** Failed ones: an attempt is counted before the password is looked at and given back when it was right. */
  signInPerAccountAndIp: { points: 5, seconds: MINUTE },
  signInPerIp: { points: 100, seconds: MINUTE },
  /** Whoever guesses from many addresses is slowed down; the person waits five minutes at worst. */
  signInPerAccount: { points: 20, seconds: HOUR, growing: 5 * MINUTE },
  registrationPerIp: { points: 10, seconds: HOUR },
  /** Links that are mailed, whoever asked for them and whether or not anybody has the address. */
  mailPerAddress: { points: 3, seconds: HOUR },
  apiWritePerKey: { points: 600, seconds: MINUTE },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

interface Limit {
  points: number;
  seconds: number;
  growing?: number;
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

/** Counts what somebody does. Asynchronous, since shared counters in PostgreSQL may stand behind it. */
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

/** @returns limits counted in this process alone, gone with it */
export function createMemoryLimits(): Limits {
  const limiters = new Map<LimitName, { counter: RateLimiterAbstract; gates: RateLimiterAbstract }>();
  const limiterOf = (name: LimitName) => {
    const known = limiters.get(name);
    if (known) return known;
    const { points, seconds }: Limit = LIMITS[name];
    const made = {
      counter: new RateLimiterMemory({ keyPrefix: name, points, duration: seconds }),
      gates: new RateLimiterMemory({ keyPrefix: `${name} gate`, points: 1, duration: seconds }),
    };
    limiters.set(name, made);
    return made;
  };

  return {
    consume: async (name, key, tell) => {
      const { points, growing }: Limit = LIMITS[name];
      const { counter, gates } = limiterOf(name);
      const { consumedPoints, msBeforeNext } = await counter.penalty(key);
      tell?.({
        limit: points,
        remaining: Math.max(0, points - consumedPoints),
        resetSeconds: Math.ceil(msBeforeNext / 1_000),
      });
      if (consumedPoints <= points) return;
      if (growing === undefined) throw tooMany(msBeforeNext);
      const delaySeconds = Math.min(2 ** (consumedPoints - points - 1), growing);
      // The first one passes and closes the gate behind it.
      const gate = await gates.penalty(key, 1, { customDuration: delaySeconds });
      if (gate.consumedPoints === 1) return;
      await counter.reward(key);
      throw tooMany(gate.msBeforeNext);
    },
    giveBack: async (name, key) => {
      await limiterOf(name).counter.reward(key);
    },
    reset: async (name, key) => {
      const { counter, gates } = limiterOf(name);
      await Promise.all([counter.delete(key), gates.delete(key)]);
    },
  };
}

/**
 * What of an IP stands for one caller: an IPv6 customer has 2^64 addresses to change between, so the first 64 bits; an
 * IPv4 address as it is, also when it is written as IPv6.
 */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  const address = ip.replace(/%.*$/, '');
  if (!isIPv6(address)) return ip;
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
  return new AppError('TOO_MANY_REQUESTS', `That was too often. Try again in ${wait}.`, {
    reason: 'too_many_requests',
    retryAfterSeconds,
  });
}

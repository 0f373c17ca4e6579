/**
 * A deadline is measured by the clock on the wall, but a template is to blame only for the processor time that it took:
 * on a busy machine its thread may have waited most of the time.
 */

/** A job whose thread got less than this part of its deadline as processor time was starved. */
const STARVED_BELOW = 0.5;
/** All attempts together, in deadlines: 1 s with the deadline of 100 ms. */
const ALL_ATTEMPTS = 10;

export type Verdict =
  /** The template is too slow. */
  | { kind: 'refuse' }
  /** The machine is too busy. */
  | { kind: 'busy' }
  /** Render again. */
  | { kind: 'retry' };

/** Whether a thread got clearly less processor time than a job may take; unknown counts as no. */
export function isStarved(deadlineMs: number, cpuMs: number | undefined): boolean {
  return cpuMs !== undefined && cpuMs < STARVED_BELOW * deadlineMs;
}

/** One attempt that reached its deadline. */
export interface Attempt {
  deadlineMs: number;
  /** Processor time of its thread; undefined where the system doesn't tell it. */
  cpuMs?: number | undefined;
}

/**
 * Judges a render whose attempts all reached their deadlines. It is too slow if the last one had enough processor time, or
 * if all together had as much as one deadline.
 *
 * @param deadlineMs of a first attempt
 */
export function judgeTimeout(deadlineMs: number, attempts: readonly Attempt[]): Verdict {
  const cpuMs = sum(attempts.map((attempt) => attempt.cpuMs ?? 0));
  if (!isStarved(deadlineMs, attempts.at(-1)?.cpuMs) || cpuMs >= deadlineMs) return { kind: 'refuse' };
  return leftOf(deadlineMs, attempts) < deadlineMs ? { kind: 'busy' } : { kind: 'retry' };
}

/**
 * The deadline of the next attempt: the first one again while other jobs wait, which it may delay by no more than that;
 * otherwise twice the last one, so that a thread that gets a tenth of a processor can finish.
 */
export function nextDeadline(
  deadlineMs: number,
  attempts: readonly Attempt[],
  areOthersWaiting: boolean,
): number {
  const last = attempts.at(-1);
  if (!last || areOthersWaiting) return deadlineMs;
  return Math.min(leftOf(deadlineMs, attempts), 2 * last.deadlineMs);
}

function leftOf(deadlineMs: number, attempts: readonly Attempt[]): number {
  return ALL_ATTEMPTS * deadlineMs - sum(attempts.map((attempt) => attempt.deadlineMs));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

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

/**
 * Judges a render that reached its deadline.
 *
 * @param deadlineMs of a first attempt
 * @param attemptsMs the deadlines of all attempts so far
 * @param cpuMs processor time of the last attempt; undefined where the system doesn't tell it
 */
export function judgeTimeout(
  deadlineMs: number,
  attemptsMs: readonly number[],
  cpuMs: number | undefined,
): Verdict {
  if (!isStarved(deadlineMs, cpuMs)) return { kind: 'refuse' };
  const left = ALL_ATTEMPTS * deadlineMs - attemptsMs.reduce((sum, ms) => sum + ms, 0);
  return left < deadlineMs ? { kind: 'busy' } : { kind: 'retry' };
}

/**
 * The deadline of the next attempt: the first one again while other jobs wait, which it may delay by no more than that;
 * otherwise twice the last one, so that a thread that gets a tenth of a processor can finish.
 */
export function nextDeadline(
  deadlineMs: number,
  attemptsMs: readonly number[],
  areOthersWaiting: boolean,
): number {
  const last = attemptsMs.at(-1);
  if (last === undefined || areOthersWaiting) return deadlineMs;
  const left = ALL_ATTEMPTS * deadlineMs - attemptsMs.reduce((sum, ms) => sum + ms, 0);
  return Math.min(left, 2 * last);
}

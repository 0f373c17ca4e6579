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
  /** Render again, with this deadline. */
  | { kind: 'retry'; deadlineMs: number };

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
  if (cpuMs === undefined || cpuMs >= STARVED_BELOW * deadlineMs) return { kind: 'refuse' };
  const left = ALL_ATTEMPTS * deadlineMs - attemptsMs.reduce((sum, ms) => sum + ms, 0);
  if (left < deadlineMs) return { kind: 'busy' };
  return { kind: 'retry', deadlineMs: Math.min(left, 2 * (attemptsMs.at(-1) ?? deadlineMs)) };
}

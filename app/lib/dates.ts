/** Times as pages write them: ISO order, UTC, and relative ones short. Pure: `now` is given. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** Up to which age a distance is said in days, in weeks, at all; beyond, the date says more. */
const DAYS_PAST_MAX = 14;
const WEEKS_MAX = 9;
const DAYS_AHEAD_MAX = 100;

/** `2026-03-01 09:04 UTC` */
export function formatUtc(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `2026-03-01 09:04:12 UTC` */
export function formatUtcExact(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `2026-03-01` */
export function formatUtcDate(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The distance alone: `12 s`, `2 min`, `4 h`, `6 d`, `3 w`; undefined when it is too far to be said so. */
function distance(milliseconds: number, daysMax: number): string | undefined {
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`;
  if (milliseconds < DAY) return `${Math.floor(milliseconds / HOUR)} h`;
  if (milliseconds < daysMax * DAY) return `${Math.floor(milliseconds / DAY)} d`;
  if (daysMax === DAYS_PAST_MAX && milliseconds < WEEKS_MAX * WEEK)
    return `${Math.floor(milliseconds / WEEK)} w`;
  return undefined;
}

/**
 * How long ago or ahead: `4 h ago`, `in 61 d`, `just now`; farther away the date.
 *
 * @param short without "ago", for columns that are about the past: `4 h`
 */
export function formatRelative(time: Date, now: Date, { short = false } = {}): string {
  const past = now.getTime() - time.getTime();
  // Clocks of two machines differ by a little; nothing happened in the future because of that.
  if (Math.abs(past) < SECOND) return short ? 'now' : 'just now';
  if (past > 0) {
    const text = distance(past, DAYS_PAST_MAX);
    return text ? (short ? text : `${text} ago`) : formatUtcDate(time);
  }
  const text = distance(-past, DAYS_AHEAD_MAX);
  return text ? `in ${text}` : formatUtcDate(time);
}

/** In how many milliseconds a relative time changes at the earliest; Infinity once it is a date. */
export function nextChange(time: Date, now: Date): number {
  const away = Math.abs(now.getTime() - time.getTime());
  if (away < MINUTE) return SECOND;
  if (away < HOUR) return MINUTE;
  return away < DAY ? HOUR : Infinity;
}

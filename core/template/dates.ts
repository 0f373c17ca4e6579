/**
 * Date filters that print the same everywhere. LiquidJS' own read the machine's time zone and locale, and go
 * wrong in the hours around a change of its clocks. Here: texts without a zone are UTC, everything is printed
 * in UTC or in an offset that the template names, in American English, and `now` does not exist.
 */
import { TemplateError } from './errors.ts';
import { toText } from './output.ts';

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
]; // prettier-ignore
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const DEFAULT_FORMAT = '%A, %B %-e, %Y at %-l:%M %P %z';
/** Paddings wider than this are cut: `%999999999d` is an attack, not a format. */
const MAX_WIDTH = 100;
const MS_PER_MINUTE = 60_000;

const ISO =
  /^(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
const TIME =
  /^(?:,?\s+(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(am|pm)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
const DAY_FIRST = /^(?:[a-z]{3,9},?\s+)?(\d{1,2})\s+([a-z]{3,9})\.?,?\s+(\d{4})/i;
const MONTH_FIRST = /^(?:[a-z]{3,9},?\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})/i;

/** @returns minutes east of UTC */
function offsetMinutes(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

function instant(
  [year, month, day]: [number, number, number],
  [hour, minute, second, ms]: [number, number, number, number],
  zone: string | undefined,
): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 25 && minute < 60;
  if (!real || second > 60) return undefined;
  date.setUTCHours(hour, minute - offsetMinutes(zone), second, ms);
  return date.getTime();
}

/**
 * Reads ISO 8601 (`2024-03-14`, `2024-03-14T10:00:00+01:00`), `14 March 2024`, `March 14, 2024`, the form of
 * mail headers, and seconds since 1970.
 *
 * @returns milliseconds since 1970, or undefined if it can't be read; `now` and `today` can't
 */
export function readDate(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value * 1000 : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const iso = ISO.exec(text);
  if (iso) {
    const fraction = Number(`0.${iso[7] ?? 0}`);
    return instant(
      [Number(iso[1]), Number(iso[2]), Number(iso[3] ?? 1)],
      [Number(iso[4] ?? 0), Number(iso[5] ?? 0), Number(iso[6] ?? 0), Math.floor(fraction * 1000)],
      iso[8],
    );
  }
  const dayFirst = DAY_FIRST.exec(text);
  const named = dayFirst ?? MONTH_FIRST.exec(text);
  if (!named) return undefined;
  const [monthName, day] = dayFirst ? [named[2], named[1]] : [named[1], named[2]];
  const wanted = (monthName ?? '').toLowerCase();
  const month = MONTHS.findIndex((m) => m.toLowerCase() === wanted || m.slice(0, 3).toLowerCase() === wanted);
  const time = TIME.exec(text.slice(named[0].length));
  if (month < 0 || !time) return undefined;
  const half = time[4]?.toLowerCase();
  const hour = half ? (Number(time[1]) % 12) + (half === 'pm' ? 12 : 0) : Number(time[1] ?? 0);
  return instant(
    [Number(named[3]), month + 1, Number(day)],
    [hour, Number(time[2] ?? 0), Number(time[3] ?? 0), 0],
    time[5],
  );
}

/**
 * The third argument of `date`: minutes as LiquidJS counts them (west of UTC is positive), or `"+02:00"`.
 *
 * @returns minutes east of UTC
 * @throws TemplateError `render.time_zone`: names of zones are refused, their rules change every year
 */
function readOffset(zone: unknown): number {
  if (zone === undefined || zone === null) return 0;
  if (typeof zone === 'number' && Number.isFinite(zone)) return -zone;
  if (typeof zone === 'string' && isZoneOffset(zone)) return offsetMinutes(zone);
  throw new TemplateError(
    'render.time_zone',
    "A time zone is written as an offset, such as '+02:00': the rules of named zones change.",
  );
}

/** Whether a text is a time zone as `date` takes it. */
export function isZoneOffset(zone: string): boolean {
  return /^(Z|UTC|GMT|[+-]\d{2}:?\d{2})$/i.test(zone);
}

function weekOfYear(date: Date, dayOfYear: number, startDay: number): number {
  const sinceStart = (date.getUTCDay() - startDay + 7) % 7;
  return Math.floor((dayOfYear - 1 - sinceStart + 7) / 7);
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th';
}

function zoneText(offset: number, colon: boolean): string {
  const absolute = Math.abs(offset);
  const parts = [Math.floor(absolute / 60), absolute % 60].map((n) => String(n).padStart(2, '0'));
  return (offset < 0 ? '-' : '+') + parts.join(colon ? ':' : '');
}

/** [text, width of the padding, character of the padding]; `date` is shifted so that its UTC fields are local. */
function field(
  code: string,
  date: Date,
  offset: number,
  flags: string,
  width: number,
): [string, number, string] | undefined {
  const [hour, day, year] = [date.getUTCHours(), date.getUTCDate(), date.getUTCFullYear()];
  const dayOfYear = Math.floor((date.getTime() - new Date(0).setUTCFullYear(year, 0, 1)) / 86_400_000) + 1;
  const sub = (format: string): [string, number, string] => [print(date, offset, format), 0, '0'];
  switch (code) {
    case 'a': return [(DAYS[date.getUTCDay()] ?? '').slice(0, 3), 0, ' ']; // prettier-ignore
    case 'A': return [DAYS[date.getUTCDay()] ?? '', 0, ' ']; // prettier-ignore
    case 'b': case 'h': return [(MONTHS[date.getUTCMonth()] ?? '').slice(0, 3), 0, ' ']; // prettier-ignore
    case 'B': return [MONTHS[date.getUTCMonth()] ?? '', 0, ' ']; // prettier-ignore
    case 'c': return sub('%-m/%-d/%Y, %-I:%M:%S %p');
    case 'C': return [String(Math.floor(year / 100)), 2, '0'];
    case 'd': return [String(day), 2, '0'];
    case 'e': return [String(day), 2, ' '];
    case 'H': return [String(hour), 2, '0'];
    case 'I': return [String(hour % 12 || 12), 2, '0'];
    case 'j': return [String(dayOfYear), 3, '0'];
    case 'k': return [String(hour), 2, ' '];
    case 'l': return [String(hour % 12 || 12), 2, ' '];
    case 'L': return [String(date.getUTCMilliseconds()), 3, '0'];
    case 'm': return [String(date.getUTCMonth() + 1), 2, '0'];
    case 'M': return [String(date.getUTCMinutes()), 2, '0'];
    case 'N': {
      const digits = Math.min(width || 9, MAX_WIDTH);
      return [String(date.getUTCMilliseconds()).padStart(3, '0').slice(0, digits).padEnd(digits, '0'), 0, '0'];
    }
    case 'p': return [hour < 12 ? 'AM' : 'PM', 0, ' '];
    case 'P': return [hour < 12 ? 'am' : 'pm', 0, ' '];
    case 'q': return [ordinal(day), 0, ' '];
    case 's': return [String(Math.floor((date.getTime() - offset * MS_PER_MINUTE) / 1000)), 0, '0'];
    case 'S': return [String(date.getUTCSeconds()), 2, '0'];
    case 'u': return [String(date.getUTCDay() || 7), 0, '0'];
    case 'U': return [String(weekOfYear(date, dayOfYear, 0)), 2, '0'];
    case 'w': return [String(date.getUTCDay()), 0, '0'];
    case 'W': return [String(weekOfYear(date, dayOfYear, 1)), 2, '0'];
    case 'x': return sub('%-m/%-d/%Y');
    case 'X': return sub('%-I:%M:%S %p');
    case 'D': return sub('%m/%d/%y');
    case 'F': return sub('%Y-%m-%d');
    case 'T': return sub('%H:%M:%S');
    case 'R': return sub('%H:%M');
    case 'y': return [String(((year % 100) + 100) % 100), 2, '0'];
    case 'Y': return [String(year), 4, '0'];
    case 'z': return [zoneText(offset, flags.includes(':')), 0, '0'];
    case 'Z': return [offset === 0 ? 'UTC' : zoneText(offset, true), 0, ' '];
    case 't': return ['\t', 0, ' '];
    case 'n': return ['\n', 0, ' '];
    case '%': return ['%', 0, ' '];
    default: return undefined;
  } // prettier-ignore
}

function print(date: Date, offset: number, format: string): string {
  return format.replace(
    /%([-_0^#:]*)(\d*)[EO]?(.)/gs,
    (input, flags: string, digits: string, code: string) => {
      const width = Math.min(Number(digits), MAX_WIDTH);
      const found = field(code, date, offset, flags, width);
      if (!found) return input;
      let [text, pad, fill] = found;
      if (flags.includes('^')) text = text.toUpperCase();
      else if (flags.includes('#')) text = /[a-z]/.test(text) ? text.toUpperCase() : text.toLowerCase();
      if (flags.includes('_')) fill = ' ';
      else if (flags.includes('0')) fill = '0';
      pad = flags.includes('-') ? 0 : width || pad;
      return text.padStart(pad, fill);
    },
  );
}

/**
 * @param value seconds since 1970, or a text that {@link readDate} understands; anything else comes back as it is
 * @param format of `strftime`
 * @param zone see {@link readOffset}
 */
export function formatDate(value: unknown, format: unknown = DEFAULT_FORMAT, zone?: unknown): unknown {
  const time = readDate(value);
  if (time === undefined || Number.isNaN(new Date(time).getTime())) return value;
  const offset = readOffset(zone);
  return print(
    new Date(time + offset * MS_PER_MINUTE),
    offset,
    format === null ? DEFAULT_FORMAT : toText(format),
  );
}

/** Whether a text was meant as a date and can't be read as one. An empty text is no date. */
export function isUnreadableDate(value: unknown): value is string {
  if (typeof value !== 'string' || value.trim() === '') return false;
  const time = readDate(value);
  return time === undefined || Number.isNaN(new Date(time).getTime());
}

function wordDate(value: unknown, month: string, type: unknown, style: unknown): unknown {
  if (type !== 'ordinal') return formatDate(value, `%d ${month} %Y`);
  return formatDate(value, style === 'US' ? `${month} %-d%q, %Y` : `%-d%q ${month} %Y`);
}

/** All of LiquidJS' date filters, by name. */
export const dateFilters = {
  date: formatDate,
  date_to_xmlschema: (value: unknown) => formatDate(value, '%Y-%m-%dT%H:%M:%S%:z'),
  date_to_rfc822: (value: unknown) => formatDate(value, '%a, %d %b %Y %H:%M:%S %z'),
  date_to_string: (value: unknown, type?: unknown, style?: unknown) => wordDate(value, '%b', type, style),
  date_to_long_string: (value: unknown, type?: unknown, style?: unknown) =>
    wordDate(value, '%B', type, style),
};

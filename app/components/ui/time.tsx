import { useEffect, useId, useState, type FocusEvent, type PointerEvent } from 'react';
import { classNames } from '../../lib/class-names.ts';
import { formatRelative, formatUtc, formatUtcDate, formatUtcExact, nextChange } from '../../lib/dates.ts';
import { useHydrated } from '../../lib/use-hydrated.ts';

export interface TimeProps {
  /** ISO 8601, as the server gives it. */
  value: string;
  /** Without "ago", for columns and "Mara · 4 h". */
  short?: boolean;
  /** The server writes the date without the clock: for days such as an expiry. */
  dateOnly?: boolean;
}

/** A time: absolute UTC from the server, relative in the browser, exact while the pointer or the focus is on it. */
export function Time({ value, short, dateOnly }: TimeProps) {
  const hydrated = useHydrated();
  const id = useId();
  const [now, setNow] = useState(() => new Date());
  const [side, setSide] = useState<'start' | 'end' | null>(null);
  const time = new Date(value);

  useEffect(() => {
    const wait = nextChange(new Date(value), now);
    if (wait === Infinity) return undefined;
    const timer = setTimeout(() => setNow(new Date()), wait);
    return () => clearTimeout(timer);
  }, [value, now]);

  if (!hydrated) return <time dateTime={value}>{dateOnly ? formatUtcDate(time) : formatUtc(time)}</time>;

  // The exact time opens towards the middle of the page, so that it never widens it.
  const show = (event: FocusEvent<HTMLElement> | PointerEvent<HTMLElement>): void => {
    setSide(event.currentTarget.getBoundingClientRect().left > window.innerWidth / 2 ? 'end' : 'start');
  };
  const hide = (): void => setSide(null);
  return (
    <time
      dateTime={value}
      // Reached by Tab, because what a pointer shows on hover the keyboard has to show too.
      tabIndex={0}
      aria-describedby={side ? id : undefined}
      onFocus={show}
      onBlur={hide}
      onPointerEnter={show}
      onPointerLeave={hide}
      onKeyDown={(event) => event.key === 'Escape' && hide()}
      className="relative rounded-4 whitespace-nowrap"
    >
      {formatRelative(time, now, { short })}
      {side && (
        <span
          id={id}
          role="tooltip"
          className={classNames(
            'absolute bottom-full z-30 mb-1 rounded-6 border border-line-strong bg-panel px-2 py-1 font-mono text-12 text-ink shadow-float',
            side === 'end' ? 'right-0' : 'left-0',
          )}
        >
          {formatUtcExact(time)}
        </span>
      )}
    </time>
  );
}

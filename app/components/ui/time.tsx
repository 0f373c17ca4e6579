import { useEffect, useRef, useState, type PointerEvent } from 'react';
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

/**
 * A time: absolute UTC from the server, relative in the browser. The exact time is part of the text for screen readers,
 * and is shown on hover or tap. It isn't a tab stop: a list of fifty rows would have a hundred.
 */
export function Time({ value, short, dateOnly }: TimeProps) {
  const hydrated = useHydrated();
  const [now, setNow] = useState(() => new Date());
  const { ref, side, handlers } = useExactTime();
  const time = new Date(value);

  useEffect(() => {
    const wait = nextChange(new Date(value), now);
    if (wait === Infinity) return undefined;
    const timer = setTimeout(() => setNow(new Date()), wait);
    return () => clearTimeout(timer);
  }, [value, now]);

  if (!hydrated) return <time dateTime={value}>{dateOnly ? formatUtcDate(time) : formatUtc(time)}</time>;
  return (
    <time ref={ref} dateTime={value} {...handlers} className="relative whitespace-nowrap">
      {formatRelative(time, now, { short })}
      <span className="sr-only">, {formatUtc(time)}</span>
      {side && (
        <span
          aria-hidden="true"
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

/** Whether the exact time is shown, and on which side: it opens towards the middle of the page, so that it never widens it. */
function useExactTime() {
  const ref = useRef<HTMLTimeElement>(null);
  const [side, setSide] = useState<'start' | 'end' | null>(null);
  const isShown = side !== null;

  useEffect(() => {
    if (!isShown) return undefined;
    const hideByKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setSide(null);
    };
    const hideByTap = (event: Event): void => {
      if (!ref.current?.contains(event.target as Node)) setSide(null);
    };
    document.addEventListener('keydown', hideByKey);
    document.addEventListener('pointerdown', hideByTap);
    return () => {
      document.removeEventListener('keydown', hideByKey);
      document.removeEventListener('pointerdown', hideByTap);
    };
  }, [isShown]);

  const show = (event: PointerEvent<HTMLElement>): void => {
    setSide(event.currentTarget.getBoundingClientRect().left > window.innerWidth / 2 ? 'end' : 'start');
  };
  // A finger that leaves the screen leaves the element too, so a tap is its own case.
  const isTouch = (event: PointerEvent): boolean => event.pointerType === 'touch';
  const handlers = {
    onPointerEnter: (event: PointerEvent<HTMLElement>) => !isTouch(event) && show(event),
    onPointerLeave: (event: PointerEvent<HTMLElement>) => !isTouch(event) && setSide(null),
    onPointerUp: (event: PointerEvent<HTMLElement>) =>
      isTouch(event) && (isShown ? setSide(null) : show(event)),
  };
  return { ref, side, handlers };
}

import { useEffect, useRef, type ReactNode } from 'react';
import { useLocation } from '@remix-run/react';
import { classNames } from '../../lib/class-names.ts';
import { keepInViewport } from '../../lib/keep-in-viewport.ts';

export interface MenuProps {
  /** What opens it: an Avatar, words with a chevron. */
  trigger: ReactNode;
  /** Its name, when the trigger has no words. */
  label?: string;
  /** Classes of the trigger: `buttonClasses({ … })` makes it a button. */
  triggerClassName?: string;
  align?: 'start' | 'end';
  /** Open from the start, to show an error in its form. */
  defaultOpen?: boolean;
  children: ReactNode;
}

/**
 * A `<details>` whose content floats: opens without JavaScript. With it, Escape, a press outside, leaving it by Tab
 * and going to another page close it, and the focus returns to its trigger. Inside are ordinary links and buttons (`MenuItems`), not a `role="menu"`.
 */
export function Menu({ trigger, label, triggerClassName, align = 'end', defaultOpen, children }: MenuProps) {
  const ref = useRef<HTMLDetailsElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const location = useLocation();

  useEffect(() => {
    const details = ref.current;
    // An error in its form has to be seen.
    if (!details?.open || details.querySelector('[aria-invalid="true"]')) return;
    if (details.contains(document.activeElement)) details.querySelector('summary')?.focus();
    details.open = false;
  }, [location]);

  useEffect(() => {
    const place = (): void => {
      if (ref.current?.open && panel.current) keepInViewport(panel.current);
    };
    window.addEventListener('resize', place);
    return () => window.removeEventListener('resize', place);
  }, []);

  useEffect(() => {
    const closeOutside = (event: Event): void => {
      const details = ref.current;
      if (details?.open && event.target instanceof Node && !details.contains(event.target))
        details.open = false;
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, []);

  return (
    <details
      ref={ref}
      open={defaultOpen}
      className="relative"
      onToggle={() => ref.current?.open && panel.current && keepInViewport(panel.current)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !ref.current?.open) return;
        event.stopPropagation();
        ref.current.open = false;
        ref.current.querySelector('summary')?.focus();
      }}
    >
      <summary aria-label={label} className={classNames('touch w-fit rounded-6', triggerClassName)}>
        {trigger}
      </summary>
      <div
        ref={panel}
        className={classNames(
          'menu mt-1.5 min-w-52 rounded-8 border border-line-strong bg-panel py-1.5 shadow-float',
          align === 'end' ? 'right-0' : 'left-0',
        )}
      >
        {children}
      </div>
    </details>
  );
}

/** Links and buttons of a menu, one below the other; several lists are divided by lines. */
export function MenuItems({ children }: { children: ReactNode }) {
  return (
    <div className="menu-items border-t border-line py-1.5 first:border-t-0 first:pt-0 last:pb-0">
      {children}
    </div>
  );
}

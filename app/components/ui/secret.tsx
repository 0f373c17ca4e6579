import { CircleCheck } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { focusElement } from '../../lib/focus.ts';
import { useNavigation } from '../../lib/use-navigation.ts';
import { CopyButton } from './copy-button.tsx';

export interface SecretProps {
  /** Such as "checkout-api created". */
  title: ReactNode;
  /** That it is shown once. */
  note?: ReactNode;
  /** The secret. */
  value: string;
  /** What is copied: "Copy the key". */
  copyLabel?: string;
}

/** A secret that is shown only once, with a button to copy it. Receives the focus, because it answers an action. */
export function Secret({
  title,
  note = 'Copy it now, it is not shown again.',
  value,
  copyLabel = 'Copy',
}: SecretProps) {
  const ref = useRef<HTMLElement>(null);
  const titleId = useId();
  // The dialog of the form is open until the navigation ends, and it keeps the focus inside.
  const isSettled = useNavigation().state === 'idle';
  useEffect(() => {
    if (isSettled && ref.current) focusElement(ref.current);
  }, [value, isSettled]);
  return (
    <section ref={ref} aria-labelledby={titleId} className="rounded-8 border border-patch bg-panel">
      <div className="flex items-start gap-2 px-3.5 py-3">
        <CircleCheck size={16} strokeWidth={1.75} aria-hidden="true" className="mt-0.5 shrink-0 text-patch" />
        <p id={titleId}>
          <strong>{title}</strong> <span className="ml-1 text-mute">{note}</span>
        </p>
      </div>
      <div className="flex items-center justify-between gap-4 border-t border-line px-3.5 py-3">
        <code className="min-w-0 wrap-anywhere">{value}</code>
        <CopyButton text={value} label={copyLabel} />
      </div>
    </section>
  );
}

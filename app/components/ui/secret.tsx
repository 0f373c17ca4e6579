import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';

export interface SecretProps {
  /** What was made: "checkout-api created" */
  title: ReactNode;
  /** That it is shown once. */
  note?: ReactNode;
  /** The secret. */
  value: string;
  /** What is copied: "Copy the key". */
  copyLabel?: string;
}

/** A secret that is shown this once, with a button to copy it. */
export function Secret({
  title,
  note = 'Copy it now, it is not shown again.',
  value,
  copyLabel = 'Copy',
}: SecretProps) {
  return (
    <section role="status" className="rounded-8 border border-patch bg-panel">
      <div className="flex items-start gap-2 px-3.5 py-3">
        <CircleCheck size={16} strokeWidth={1.75} aria-hidden="true" className="mt-0.5 shrink-0 text-patch" />
        <p>
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

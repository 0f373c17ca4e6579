import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from '../lib/class-names.ts';

export interface PageHeadProps {
  title: ReactNode;
  /** The title is an identifier: monospace. */
  mono?: boolean;
  /** A round sign before the title: done. */
  icon?: LucideIcon;
  /** Tags after the title. */
  tags?: ReactNode;
  /** One sentence below. */
  note?: ReactNode;
  /** Buttons; one of them primary. */
  actions?: ReactNode;
  /** Without the space below. */
  bare?: boolean;
}

/** The head of a page: its one `<h1>`, a sentence, what can be done here. */
export function PageHead({ title, mono, icon: Icon, tags, note, actions, bare }: PageHeadProps) {
  return (
    <header
      className={classNames(
        'flex min-w-0 flex-wrap items-start justify-between gap-x-6 gap-y-3',
        !bare && 'mb-6',
      )}
    >
      <div className="grid min-w-0 gap-1">
        <div className="flex min-h-control flex-wrap items-center gap-x-2.5 gap-y-1.5">
          {Icon && (
            <span className="inline-flex size-7 shrink-0 items-center justify-center rounded-full bg-patch-wash text-patch">
              <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
            </span>
          )}
          <h1 dir="auto" className="min-w-0 text-21 wrap-anywhere">
            {mono ? <code className="font-medium">{title}</code> : title}
          </h1>
          {tags}
        </div>
        {note && (
          <p dir="auto" className="max-w-180 text-left wrap-anywhere text-mute">
            {note}
          </p>
        )}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

export interface SectionHeadProps {
  title: ReactNode;
  aside?: ReactNode;
}

/** The head of a part of a page. */
export function SectionHead({ title, aside }: SectionHeadProps) {
  return (
    <div className="mt-8 mb-2.5 flex items-center justify-between gap-4">
      <h2 className="font-semibold">{title}</h2>
      {aside && <span className="text-12 text-mute">{aside}</span>}
    </div>
  );
}

/** Left the thing itself, right (308 px, from 1,024 px) what surrounds it; on narrower pages it follows. */
export function WithAside({ children, aside }: { children: ReactNode; aside: ReactNode }) {
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_var(--aside)] lg:gap-6">
      <div className="grid min-w-0 content-start gap-4">{children}</div>
      <div className="grid min-w-0 content-start gap-4">{aside}</div>
    </div>
  );
}

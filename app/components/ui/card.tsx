import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import { classNames } from '../../lib/class-names.ts';

export interface CardProps {
  title?: ReactNode;
  /** Left end of the head: a control that isn’t part of the heading. */
  lead?: ReactNode;
  /** Level of the title's heading; 2 unless the card lies in a section with a heading of its own. */
  level?: 2 | 3;
  /** Right end of the head: a tag, a quiet link, a button. */
  aside?: ReactNode;
  /** Below a line: a hint and a button. */
  foot?: ReactNode;
  /** `flush` for rows and code that bring their own space. */
  flush?: boolean;
  /** Border: `ember` for what is being edited, `patch` for something made, `major` for what destroys. */
  edge?: 'line' | 'ember' | 'patch' | 'major';
  /** The border becomes the focus ring while something inside has the focus: for editors. */
  focusRing?: boolean;
  className?: string;
  children?: ReactNode;
}

const EDGES = { line: 'border-line', ember: 'border-ember', patch: 'border-patch', major: 'border-major' };

/** A panel with a head, a body and a foot, each divided by a line. */
export function Card({
  title,
  lead,
  level = 2,
  aside,
  foot,
  flush,
  edge = 'line',
  focusRing,
  className,
  children,
}: CardProps) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section
      className={classNames(
        'min-w-0 rounded-8 border bg-panel',
        EDGES[edge],
        focusRing && 'card-ring',
        className,
      )}
    >
      {(title ?? lead ?? aside) != null && (
        <header
          className={classNames(
            'flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-3.5 py-1.5',
            children != null && 'border-b border-line',
          )}
        >
          {lead}
          <Heading className="min-w-0 font-semibold">{title}</Heading>
          {aside && <div className="flex flex-wrap items-center gap-2 text-12 text-mute">{aside}</div>}
        </header>
      )}
      {children != null && <div className={flush ? undefined : 'px-3.5 py-3'}>{children}</div>}
      {foot && (
        <footer className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line px-3.5 py-2 text-12 text-mute">
          {foot}
        </footer>
      )}
    </section>
  );
}

/** A list of rows in a card (`flush`), divided by lines unless `plain`. */
export function CardRows({ plain, children }: { plain?: boolean; children: ReactNode }) {
  return <ul className={classNames('card-rows', plain ? 'py-1.5' : 'divide-y divide-line')}>{children}</ul>;
}

export interface CardRowProps {
  /** Right end: a version, a time, a button. */
  aside?: ReactNode;
  /** A whole-row link. */
  to?: string;
  /** This one is shown beside the list: ember wash. */
  chosen?: boolean;
  /** 32 px instead of 44. */
  dense?: boolean;
  children: ReactNode;
}

/** One row: what it is, and what belongs to it at the right end. */
export function CardRow({ aside, to, chosen, dense, children }: CardRowProps) {
  const className = classNames(
    'flex items-center justify-between gap-3 px-3.5',
    dense ? 'min-h-row-dense py-1' : 'min-h-row py-2',
    chosen && 'bg-ember-wash',
  );
  const content = (
    <>
      <div className="min-w-0 flex-1">{children}</div>
      {aside != null && <div className="flex shrink-0 items-center gap-2 text-12 text-mute">{aside}</div>}
    </>
  );
  return (
    <li>
      {to ? (
        <Link
          to={to}
          aria-current={chosen ? 'true' : undefined}
          className={classNames(className, 'card-row-link hover:bg-raise')}
        >
          {content}
        </Link>
      ) : (
        <div className={className}>{content}</div>
      )}
    </li>
  );
}

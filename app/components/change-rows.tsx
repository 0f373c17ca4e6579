import type { ReactNode } from 'react';
import type { ChangeView } from '#server/schemas/versions.ts';
import { TriangleAlert } from 'lucide-react';
import { classNames } from '../lib/class-names.ts';
import { Sentence } from './sentence.tsx';
import { LevelTag, Tag } from './ui/tag.tsx';

/** More than this in one page helps nobody; the rest is counted. */
const CHANGES_SHOWN_MAX = 200;

export interface ChangeRowsProps {
  changes: ChangeView[];
  /** Stands at the right end of a row. */
  aside?: (change: ChangeView) => ReactNode;
}

/** The changes of the contract, highest level first, with a warning if the number doesn’t cover all of them. */
export function ChangeRows({ changes, aside }: ChangeRowsProps) {
  const rest = changes.length - CHANGES_SHOWN_MAX;
  const unjudged = changes.filter(({ judged }) => !judged).length;
  return (
    <ul className="card-rows divide-y divide-line">
      {unjudged > 0 && (
        <li className="flex items-center gap-2.5 px-3.5 py-2.5">
          <TriangleAlert size={16} strokeWidth={1.75} aria-hidden="true" className="shrink-0 text-minor" />
          {notCovered(unjudged)}
        </li>
      )}
      {changes.slice(0, CHANGES_SHOWN_MAX).map((change, index) => (
        <li key={index} className="flex min-h-10 items-baseline gap-3 px-3.5 py-2.5">
          <span className={classNames('shrink-0', unjudged > 0 ? 'w-21' : 'w-15')}>
            {change.judged ? <LevelTag level={change.level} /> : <Tag tone="minor">not judged</Tag>}
          </span>
          <span className="min-w-0 flex-1">
            <Sentence>{change.sentence}</Sentence>
          </span>
          {aside?.(change)}
        </li>
      ))}
      {rest > 0 && <li className="px-3.5 py-2.5 text-mute">and {rest.toLocaleString('en-GB')} more</li>}
    </ul>
  );
}

function notCovered(count: number): string {
  const changes = count === 1 ? 'one change' : `${count.toLocaleString('en-GB')} changes`;
  return `The number doesn’t cover ${changes} that Anvil can’t judge. Check whether callers can handle ${count === 1 ? 'it' : 'them'}.`;
}

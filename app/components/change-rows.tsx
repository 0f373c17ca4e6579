import type { ReactNode } from 'react';
import type { ChangeView } from '#server/schemas/versions.ts';
import { Sentence } from './sentence.tsx';
import { LevelTag } from './ui/tag.tsx';

/** More than this in one page helps nobody; the rest is counted. */
const CHANGES_SHOWN_MAX = 200;

export interface ChangeRowsProps {
  changes: ChangeView[];
  /** Stands at the right end of a row. */
  aside?: (change: ChangeView) => ReactNode;
}

/** What changed in the contract, the farthest-reaching first: level and sentence. */
export function ChangeRows({ changes, aside }: ChangeRowsProps) {
  const rest = changes.length - CHANGES_SHOWN_MAX;
  return (
    <ul className="card-rows divide-y divide-line">
      {changes.slice(0, CHANGES_SHOWN_MAX).map((change, index) => (
        <li key={index} className="flex min-h-10 items-baseline gap-3 px-3.5 py-2.5">
          <span className="w-15 shrink-0">
            <LevelTag level={change.level} />
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

import { classNames } from '../../lib/class-names.ts';

const WIDTHS = ['w-3/5', 'w-4/5', 'w-2/5'];

/** Grey lines where text will be, while it is fetched; read out as "Loading". */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className="grid gap-3 py-1">
      <span className="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <span
          key={line}
          aria-hidden="true"
          className={classNames('h-3 animate-pulse rounded-4 bg-raise', WIDTHS[line % WIDTHS.length])}
        />
      ))}
    </div>
  );
}

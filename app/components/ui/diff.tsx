import { Fragment } from 'react';
import { foldRows, type Diff, type DiffLine, type DiffRow } from '../../lib/diff.ts';

export interface DiffViewProps {
  /** By `diffTexts`. */
  diff: Diff;
  /** Whose texts they are, read out and shown as heads when `heads`: "2.2.0" and "draft". */
  beforeLabel: string;
  afterLabel: string;
  heads?: boolean;
  /** How many unchanged lines stay around a change; all when absent. */
  context?: number;
}

/** Two texts beside each other, below 700 px one below the other; signs and words say what the colours do. */
export function DiffView({ diff: { rows }, beforeLabel, afterLabel, heads, context }: DiffViewProps) {
  const blocks = context === undefined ? [{ kind: 'rows' as const, rows }] : foldRows(rows, context);
  if (rows.every((row) => row.kind === 'same'))
    return <p className="px-3.5 py-3 text-mute">The texts are the same.</p>;
  return (
    <div className="diff" role="table" aria-label={`${beforeLabel} compared with ${afterLabel}`}>
      <div role="row" className={heads ? 'diff-row diff-heads' : 'sr-only'}>
        <span role="columnheader">{beforeLabel}</span>
        <span role="columnheader">{afterLabel}</span>
      </div>
      {blocks.map((block, index) =>
        block.kind === 'fold' ? (
          <div key={index} role="row" className="diff-fold">
            <span role="cell">{block.rows.length.toLocaleString('en-GB')} unchanged lines</span>
          </div>
        ) : (
          <Fragment key={index}>
            {block.rows.map((row, line) => (
              <Row key={line} row={row} />
            ))}
          </Fragment>
        ),
      )}
    </div>
  );
}

function Row({ row }: { row: DiffRow }) {
  const changed = row.kind !== 'same';
  return (
    <div role="row" className="diff-row" data-kind={row.kind}>
      <Side line={row.before} sign={changed ? '-' : ''} said="removed" side="before" />
      <Side line={row.after} sign={changed ? '+' : ''} said="added" side="after" />
    </div>
  );
}

function Side({
  line,
  sign,
  said,
  side,
}: {
  line?: DiffLine;
  sign: string;
  said: string;
  side: 'before' | 'after';
}) {
  if (!line) return <div role="cell" className="diff-side" data-side={side} data-empty="" />;
  return (
    <div role="cell" className="diff-side" data-side={side} data-sign={sign || undefined}>
      <span className="diff-number">{line.number}</span>
      <span className="diff-sign" aria-hidden="true">
        {sign}
      </span>
      <span className="diff-text">
        {sign && <span className="sr-only">{said}: </span>}
        {line.parts.map((part, index) =>
          part.changed ? (
            <mark key={index} className="diff-word">
              {part.text}
            </mark>
          ) : (
            part.text
          ),
        )}
      </span>
    </div>
  );
}

/** `+3 -1`, beside the name of what was compared. */
export function DiffCount({ added, removed }: { added: number; removed: number }) {
  return (
    <span className="font-mono text-12 text-mute">
      <span aria-hidden="true">
        +{added} -{removed}
      </span>
      <span className="sr-only">
        {added} lines added, {removed} removed
      </span>
    </span>
  );
}

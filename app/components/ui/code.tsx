import { Fragment } from 'react';
import type { CodePart } from '../../lib/highlight.ts';
import { classNames } from '../../lib/class-names.ts';
import { CopyButton } from './copy-button.tsx';

const TONES = {
  string: 'text-patch',
  name: 'text-info',
  address: 'font-semibold text-ember',
  keyword: 'text-ember',
  faint: 'text-faint',
};

/** Coloured text of a `<pre>`. Where it wraps, addresses break after a slash rather than in a word. */
export function CodeParts({ parts }: { parts: CodePart[] }) {
  return parts.map(({ text, tone }, index) => (
    <span key={index} className={tone && TONES[tone]}>
      {text.split(/(?<=\w\/)(?=\w)/).map((piece, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {piece}
        </Fragment>
      ))}
    </span>
  ));
}

export interface CodeBlockProps {
  /** The text, or its coloured parts (lib/highlight.ts). */
  code: string | CodePart[];
  /** What it is, read out: "curl command". Also makes it reachable by Tab, to scroll by keys. */
  label: string;
  /** Long lines scroll sideways unless they wrap. */
  wrap?: boolean;
  /** In the corner; on by default. */
  copy?: boolean;
  /** Without a border of its own, inside a card. */
  bare?: boolean;
}

/** Code to read and copy. */
export function CodeBlock({ code, label, wrap, copy = true, bare }: CodeBlockProps) {
  const parts = typeof code === 'string' ? [{ text: code }] : code;
  return (
    <div className={classNames('relative min-w-0', !bare && 'rounded-8 border border-line bg-panel')}>
      <pre
        // Code wider than its box scrolls, and whoever has no mouse scrolls it by keys.
        tabIndex={0}
        dir="auto"
        role="group"
        aria-label={label}
        className={classNames(
          'code-text rounded-8 px-3.5 py-3',
          wrap ? 'wrap-anywhere whitespace-pre-wrap' : 'overflow-x-auto',
          copy && 'min-h-control pr-12 pointer-coarse:min-h-15 pointer-coarse:pr-15',
        )}
      >
        <CodeParts parts={parts} />
      </pre>
      {copy && (
        <div className="absolute top-2 right-2 rounded-6 bg-panel">
          <CopyButton
            iconOnly
            size="small"
            variant="quiet"
            label={`Copy: ${label}`}
            text={parts.map(({ text }) => text).join('')}
          />
        </div>
      )}
    </div>
  );
}

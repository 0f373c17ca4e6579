import { ChevronRight } from 'lucide-react';
import type { ChangedPromptView } from '#server/schemas/versions.ts';
import { contentText } from '../lib/content-text.ts';
import { diffTexts } from '../lib/diff.ts';
import { Card } from './ui/card.tsx';
import { DiffCount, DiffView } from './ui/diff.tsx';
import { Pagination, type SubmitButton } from './ui/pagination.tsx';
import { Tag } from './ui/tag.tsx';

export interface TextChangesProps {
  prompts: ChangedPromptView[];
  /** The names of the texts: "1.0.0" and "draft". */
  from: string;
  to: string;
  /** Links to the first and the next prompts, where there are such. */
  firstTo?: string;
  nextTo?: string;
  /** Sends a form along with them. */
  submits?: SubmitButton;
}

/** Lines around a change. */
const CONTEXT = 3;

/** The texts of the prompts that differ, side by side: what a person reads before or after publishing. */
export function TextChanges({ prompts, from, to, firstTo, nextTo, submits }: TextChangesProps) {
  if (prompts.length === 0) return null;
  return (
    <Card
      flush
      title="Text changes"
      aside={`${from} → ${to}`}
      foot={
        (firstTo ?? nextTo) && (
          <Pagination
            label="Pages of text changes"
            previousTo={firstTo}
            previousLabel="First"
            nextTo={nextTo}
            nextLabel="More"
            submits={submits}
          />
        )
      }
    >
      <ul className="card-rows divide-y divide-line">
        {prompts.map((prompt) => (
          <li key={prompt.slug}>
            <PromptDiff prompt={prompt} from={from} to={to} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface PromptDiffProps {
  prompt: ChangedPromptView;
  from: string;
  to: string;
}

/** Edited prompts are open. Of new and removed ones every line differs, so these open on request. */
function PromptDiff({ prompt, from, to }: PromptDiffProps) {
  const before = prompt.before ? contentText(prompt.before) : '';
  const after = prompt.after ? contentText(prompt.after) : '';
  const diff = diffTexts(before, after);
  return (
    <details open={prompt.before !== null && prompt.after !== null} className="group/diff">
      <summary className="touch flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-3.5 py-2 hover:bg-raise">
        <ChevronRight
          size={16}
          strokeWidth={1.75}
          aria-hidden="true"
          className="shrink-0 text-faint transition-transform group-open/diff:rotate-90"
        />
        <code className="min-w-0 font-medium wrap-anywhere">{prompt.slug}</code>
        {prompt.name !== prompt.slug && (
          <bdi className="min-w-0 text-12 wrap-anywhere text-mute">{prompt.name}</bdi>
        )}
        {prompt.before === null && <Tag>new</Tag>}
        {prompt.after === null && <Tag>removed</Tag>}
        <span className="ml-auto">
          <DiffCount added={diff.added} removed={diff.removed} />
        </span>
      </summary>
      <div className="border-t border-line">
        <DiffView diff={diff} beforeLabel={from} afterLabel={to} context={CONTEXT} />
      </div>
    </details>
  );
}

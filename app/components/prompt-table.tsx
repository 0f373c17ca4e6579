import { FileText, Plus } from 'lucide-react';
import type { Page } from '#server/schemas/common.ts';
import type { PromptSetDetailView } from '#server/schemas/prompt-sets.ts';
import type { PromptSummary } from '#server/schemas/prompts.ts';
import type { ChangeView } from '#server/schemas/versions.ts';
import { changeWord } from '../lib/change-words.ts';
import { LinkButton } from './ui/button.tsx';
import { EmptyState } from './ui/empty-state.tsx';
import { Pagination } from './ui/pagination.tsx';
import { Table } from './ui/table.tsx';
import { Tag } from './ui/tag.tsx';
import { Time } from './ui/time.tsx';

export interface PromptTableProps {
  /** `/o/acme/support/emails` */
  base: string;
  set: Pick<PromptSetDetailView, 'address' | 'latest'>;
  list: Page<PromptSummary>;
  /** Of the draft, the weightiest first. */
  changes: ChangeView[];
  /** The archived prompts are listed. */
  archived: boolean;
  /** The text of the search; empty without a search. */
  search: string;
  /** This is the first page of the list. */
  isFirst: boolean;
  canWrite: boolean;
}

/** The prompts of a set’s draft, or those that were archived. */
export function PromptTable({
  base,
  set,
  list,
  changes,
  archived,
  search,
  isFirst,
  canWrite,
}: PromptTableProps) {
  const query = new URLSearchParams({
    ...(archived && { archived: '' }),
    ...(search && { search }),
  }).toString();
  const changeOf = new Map(changes.toReversed().map((change) => [change.prompt, change]));
  return (
    <Table
      label={`${archived ? 'Archived prompts' : 'Prompts'} of ${set.address}`}
      rows={list.data}
      rowKey={({ id }) => id}
      rowNote={({ slug, name }) => name !== slug && name}
      rowTo={({ slug }) => `${base}/${slug}`}
      rowFaint={(row) => row.archived}
      columns={[
        { key: 'slug', head: 'Prompt', mono: true, cell: ({ slug }) => slug },
        { key: 'kind', head: 'Kind', fit: true, cell: ({ kind }) => kind },
        { key: 'parameters', head: 'Parameters', mono: true, cell: Parameters },
        {
          key: 'draft',
          head: 'Draft',
          phone: 'aside',
          cell: (row) => (
            <DraftChange row={row} change={changeOf.get(row.slug)} isPublished={set.latest !== null} />
          ),
        },
        { key: 'edit', head: 'Last edit', cell: LastEdit },
      ]}
      empty={
        search !== '' ? (
          <EmptyState action={<LinkButton to={archived ? '?archived' : base}>Clear the search</LinkButton>}>
            No prompt matches “{search}”.
          </EmptyState>
        ) : archived ? (
          <EmptyState>Nothing is archived here.</EmptyState>
        ) : (
          <EmptyState
            icon={FileText}
            action={
              canWrite && (
                <LinkButton to={`${base}/-/new-prompt`} icon={Plus}>
                  Write the first prompt
                </LinkButton>
              )
            }
            example={<code>{'Answer the question: {{ question }}'}</code>}
          >
            A prompt set has the prompts that are published together. This one has none yet.
          </EmptyState>
        )
      }
      foot={
        (!isFirst || list.meta.cursor) && (
          <Pagination
            previousTo={isFirst ? undefined : `?${query}`}
            previousLabel="First"
            nextTo={list.meta.cursor ? `?${query}&after=${encodeURIComponent(list.meta.cursor)}` : undefined}
            nextLabel="More"
          />
        )
      }
    />
  );
}

function Parameters({ parameters }: PromptSummary) {
  if (parameters.length === 0) return <>–</>;
  return (
    <span className="wrap-anywhere md:line-clamp-1" title={parameters.join(', ')}>
      {parameters.join(', ')}
    </span>
  );
}

interface DraftChangeProps {
  row: PromptSummary;
  change: ChangeView | undefined;
  /** In a set that was never published every prompt is new, and nothing changes for callers. */
  isPublished: boolean;
}

function DraftChange({ row, change, isPublished }: DraftChangeProps) {
  if (!row.change || row.archived) return <>–</>;
  if (row.change === 'new') return <Tag tone={isPublished ? 'minor' : 'plain'}>new</Tag>;
  return <Tag tone={row.change}>{change ? changeWord(change) : row.change}</Tag>;
}

function LastEdit({ updated_by, updated_at }: PromptSummary) {
  return (
    <span className="text-12">
      <bdi>{updated_by.name.split(' ')[0]}</bdi> · <Time value={updated_at} short />
    </span>
  );
}

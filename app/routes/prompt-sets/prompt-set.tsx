import { sampleValues } from '@anvil/core/value';
import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { FileText, Plus } from 'lucide-react';
import type { PromptSummary } from '#server/schemas/prompts.ts';
import type { ChangeView } from '#server/schemas/versions.ts';
import { DraftBanner } from '../../components/draft-banner.tsx';
import { LabelsCard } from '../../components/labels-card.tsx';
import { WithAside } from '../../components/page-head.tsx';
import { SetHead } from '../../components/set-tabs.tsx';
import { UseIt } from '../../components/use-it.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table } from '../../components/ui/table.tsx';
import { Tag } from '../../components/ui/tag.tsx';
import { Time } from '../../components/ui/time.tsx';
import { changeWord } from '../../lib/change-words.ts';
import { suggestionsFor } from '../../lib/suggestions.server.ts';
import { forPage } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { rangeOf, setPlace } from '../../lib/set-place.ts';
import { useOrganisation } from '../organisation/layout.tsx';

export const meta: MetaFunction<typeof loader> = ({ data }) => pageTitle(data?.set.address ?? 'Prompt set');

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { ref, address, base } = setPlace(params);
  const query = new URL(request.url).searchParams;
  const cursor = query.get('after') ?? undefined;
  const archived = query.has('archived');
  const { promptSets, prompts, versions, labels } = context.trpc;
  const suggest = () => suggestionsFor(context, params);
  const set = await forPage(promptSets.get(ref), context, { address, suggest });
  const [list, next, labelList, gone] = await Promise.all([
    forPage(prompts.list({ ...ref, cursor, archived }), context),
    forPage(versions.next(ref), context),
    forPage(labels.list(ref), context),
    forPage(prompts.list({ ...ref, archived: true, limit: 1 }), context),
  ]);
  return {
    base,
    set,
    list,
    next,
    labels: labelList.data,
    archived,
    hasArchived: gone.data.length > 0,
    example: set.latest && !archived ? await exampleOf(list.data) : null,
    baseUrl: context.baseUrl,
  };

  /** A prompt that the newest version has and that is called alike in the draft, with values to call it. */
  async function exampleOf(summaries: PromptSummary[]) {
    const order = [null, 'patch', 'minor', 'major'];
    const [best] = summaries
      .filter(({ change }) => change !== 'new')
      .sort((one, other) => order.indexOf(one.change) - order.indexOf(other.change));
    if (!best) return null;
    const { content } = await forPage(
      prompts.get({ organisation: ref.organisation, prompt_id: best.id }),
      context,
    );
    return { address: best.address, values: sampleValues(content.parameters) };
  }
}

export default function PromptSet() {
  const { base, set, list, next, labels, archived, hasArchived, example, baseUrl } =
    useLoaderData<typeof loader>();
  const permissions = useOrganisation()?.organisation.permissions ?? [];
  const canWrite = permissions.includes('prompts.write');
  const changes = new Map(next.changes.toReversed().map((change) => [change.prompt, change]));
  return (
    <>
      <SetHead
        set={set}
        base={base}
        actions={
          canWrite && (
            <>
              <LinkButton
                to={`${base}/-/new-prompt`}
                icon={Plus}
                variant={next.prompt_count === 0 ? 'primary' : 'plain'}
              >
                New prompt
              </LinkButton>
              {permissions.includes('versions.publish') && next.number && !next.obstacle && (
                <LinkButton to={`${base}/-/publish`} variant="primary">
                  Publish {next.number}
                </LinkButton>
              )}
            </>
          )
        }
      />
      <WithAside
        aside={
          <>
            {example && set.latest && (
              <UseIt
                baseUrl={baseUrl}
                address={`${example.address}@${rangeOf(set.latest)}`}
                values={example.values}
              />
            )}
            {labels.length > 0 && <LabelsCard labels={labels} base={base} />}
          </>
        }
      >
        <DraftBanner next={next} />
        <Table
          label={`${archived ? 'Archived prompts' : 'Prompts'} of ${set.address}`}
          rows={list.data}
          rowKey={({ id }) => id}
          rowTo={({ slug }) => `${base}/${slug}`}
          rowFaint={(row) => row.archived}
          columns={[
            { key: 'slug', head: 'Prompt', mono: true, cell: ({ slug }) => slug },
            { key: 'kind', head: 'Kind', phone: 'hidden', cell: ({ kind }) => kind },
            { key: 'parameters', head: 'Parameters', mono: true, phone: 'hidden', cell: Parameters },
            {
              key: 'draft',
              head: 'Draft',
              phone: 'aside',
              cell: (row) => (
                <DraftChange row={row} change={changes.get(row.slug)} isPublished={set.latest !== null} />
              ),
            },
            { key: 'edit', head: 'Last edit', phone: 'hidden', cell: LastEdit },
          ]}
          empty={
            archived ? (
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
                Prompts that belong together are released together. This set has none yet.
              </EmptyState>
            )
          }
          foot={
            list.meta.cursor && (
              <Pagination
                nextTo={`?${archived ? 'archived&' : ''}after=${encodeURIComponent(list.meta.cursor)}`}
                nextLabel="More"
              />
            )
          }
        />
        {(hasArchived || archived) && (
          <p className="text-12">
            <TextLink tone="mute" to={archived ? base : '?archived'} className="underline">
              {archived ? 'Back to the prompts of the draft' : 'Archived prompts'}
            </TextLink>
          </p>
        )}
      </WithAside>
    </>
  );
}

function Parameters({ parameters }: PromptSummary) {
  if (parameters.length === 0) return <>–</>;
  return (
    <span className="line-clamp-1 wrap-anywhere" title={parameters.join(', ')}>
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
    <span className="text-12 whitespace-nowrap">
      {updated_by.name.split(' ')[0]} · <Time value={updated_at} short />
    </span>
  );
}

import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useLoaderData } from '@remix-run/react';
import { FileText, Plus } from 'lucide-react';
import type { PromptSummary } from '#server/schemas/prompts.ts';
import type { ChangeView } from '#server/schemas/versions.ts';
import { ChoosePrompt } from '../../components/choose-prompt.tsx';
import { DraftBanner } from '../../components/draft-banner.tsx';
import { LabelsCard } from '../../components/labels-card.tsx';
import { WithAside } from '../../components/page-head.tsx';
import { SetHead } from '../../components/set-tabs.tsx';
import { UseIt } from '../../components/use-it.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Input } from '../../components/ui/field.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table } from '../../components/ui/table.tsx';
import { Tag } from '../../components/ui/tag.tsx';
import { Time } from '../../components/ui/time.tsx';
import { changeWord } from '../../lib/change-words.ts';
import { suggestionsFor } from '../../lib/suggestions.server.ts';
import { forPage, orNull } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { chosenSample } from '../../lib/published-sample.server.ts';
import { rangeOf, setPlace } from '../../lib/set-place.ts';
import { useOrganisation } from '../organisation/layout.tsx';

export const meta: MetaFunction<typeof loader> = ({ data }) => pageTitle(data?.set.address ?? 'Prompt set');

/** Prompts on one page. */
const PAGE_SIZE = 100;
/** A set with more prompts gets a search field. */
const SEARCH_FROM = 10;

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const place = setPlace(params);
  const { ref, address, base } = place;
  const query = new URL(request.url).searchParams;
  const cursor = query.get('after') ?? undefined;
  const archived = query.has('archived');
  const search = query.get('search')?.trim() ?? '';
  const { promptSets, prompts, versions, labels } = context.trpc;
  const suggest = () => suggestionsFor(context, params);
  const set = await forPage(promptSets.get(ref), context, { address, suggest });
  const [list, next, labelList, gone] = await Promise.all([
    forPage(prompts.list({ ...ref, cursor, archived, search, limit: PAGE_SIZE }), context),
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
    search,
    isFirst: cursor === undefined,
    hasArchived: gone.data.length > 0,
    justArchived: await archivedPrompt(query.get('archived_prompt')),
    use: set.latest
      ? await chosenSample(context, place, {
          number: set.latest,
          prompt: query.get('prompt') ?? undefined,
        })
      : null,
    baseUrl: context.baseUrl,
  };

  /** The prompt that was archived just now, so that the page can offer Undo. */
  async function archivedPrompt(slug: string | null) {
    if (slug === null) return null;
    const prompt = await orNull(prompts.get({ ...ref, prompt: slug }));
    return prompt?.archived ? { slug: prompt.slug, revision: prompt.revision } : null;
  }
}

export default function PromptSet() {
  const {
    base,
    set,
    list,
    next,
    labels,
    archived,
    search,
    isFirst,
    hasArchived,
    justArchived,
    use,
    baseUrl,
  } = useLoaderData<typeof loader>();
  const permissions = useOrganisation()?.organisation.permissions ?? [];
  const canWrite = permissions.includes('prompts.write');
  const query = new URLSearchParams({
    ...(archived && { archived: '' }),
    ...(search && { search }),
  }).toString();
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
            {use && set.latest && (
              <UseIt
                baseUrl={baseUrl}
                address={`${use.sample.prompt}@${rangeOf(set.latest)}`}
                values={use.sample.values}
                choose={<ChoosePrompt slugs={use.slugs} chosen={use.sample.slug} />}
              />
            )}
            {labels.length > 0 && <LabelsCard labels={labels} base={base} />}
          </>
        }
      >
        {justArchived && <ArchivedBanner base={base} {...justArchived} />}
        <DraftBanner next={next} />
        {(search !== '' || set.counts.prompts > SEARCH_FROM) && (
          <SearchForm archived={archived} search={search} />
        )}
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
                <DraftChange row={row} change={changes.get(row.slug)} isPublished={set.latest !== null} />
              ),
            },
            { key: 'edit', head: 'Last edit', cell: LastEdit },
          ]}
          empty={
            search !== '' ? (
              <EmptyState
                action={<LinkButton to={archived ? '?archived' : base}>Clear the search</LinkButton>}
              >
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
                nextTo={
                  list.meta.cursor ? `?${query}&after=${encodeURIComponent(list.meta.cursor)}` : undefined
                }
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

/** Says what was archived, and offers to undo it. */
function ArchivedBanner({ base, slug, revision }: { base: string; slug: string; revision: number }) {
  return (
    <Banner
      tone="patch"
      live
      action={
        <Form method="post" action={`${base}/${slug}`}>
          <input type="hidden" name="revision" value={revision} />
          <Button name="intent" value="restore" size="small">
            Undo
          </Button>
        </Form>
      }
    >
      <code>{slug}</code> was archived. The next version won’t have it.
    </Banner>
  );
}

function SearchForm({ archived, search }: { archived: boolean; search: string }) {
  return (
    <Form method="get" role="search" className="flex gap-2">
      {archived && <input type="hidden" name="archived" value="" />}
      <Input
        type="search"
        name="search"
        key={search}
        defaultValue={search}
        maxLength={120}
        autoComplete="off"
        aria-label="Search prompts by name or slug"
        placeholder="Search by name or slug"
      />
      <Button size="large">Search</Button>
    </Form>
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

import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { Form, useLoaderData } from '@remix-run/react';
import { Plus } from 'lucide-react';
import { ChoosePrompt } from '../../components/choose-prompt.tsx';
import { DraftBanner } from '../../components/draft-banner.tsx';
import { LabelsCard } from '../../components/labels-card.tsx';
import { WithAside } from '../../components/page-head.tsx';
import { PromptSearch } from '../../components/prompt-search.tsx';
import { PromptTable } from '../../components/prompt-table.tsx';
import { SetHead } from '../../components/set-tabs.tsx';
import { UseIt } from '../../components/use-it.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { TextLink } from '../../components/ui/link.tsx';
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
          <PromptSearch archived={archived} search={search} />
        )}
        <PromptTable
          base={base}
          set={set}
          list={list}
          changes={next.changes}
          archived={archived}
          search={search}
          isFirst={isFirst}
          canWrite={canWrite}
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

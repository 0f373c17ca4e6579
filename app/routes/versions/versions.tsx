import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Package } from 'lucide-react';
import { SetHead } from '../../components/set-tabs.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { VersionRows } from '../../components/version-rows.tsx';
import { changelogHeadline } from '../../lib/changelog.server.ts';
import { suggestionsFor } from '../../lib/suggestions.server.ts';
import { forPage } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { setPlace } from '../../lib/set-place.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => pageTitle('Versions', data?.set.address ?? '');

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { ref, address, base } = setPlace(params);
  const cursor = new URL(request.url).searchParams.get('after') ?? undefined;
  const { promptSets, versions } = context.trpc;
  const suggest = () => suggestionsFor(context, params);
  const set = await forPage(promptSets.get(ref), context, { address, suggest });
  const page = await forPage(versions.list({ ...ref, cursor, limit: 25 }), context);
  return {
    base,
    set,
    cursor,
    versions: page.data.map((version) => ({ ...version, headline: changelogHeadline(version.changelog) })),
    next: page.meta.cursor,
  };
}

export default function Versions() {
  const { base, set, cursor, versions, next } = useLoaderData<typeof loader>();
  return (
    <>
      <SetHead set={set} base={base} />
      <Card
        flush
        foot={
          (next || cursor) && (
            <Pagination
              previousTo={cursor ? `${base}/-/versions` : undefined}
              previousLabel="Newest"
              nextTo={next ? `?after=${encodeURIComponent(next)}` : undefined}
            />
          )
        }
      >
        {versions.length > 0 ? (
          <VersionRows versions={versions} base={base} />
        ) : (
          <EmptyState
            icon={Package}
            action={<LinkButton to={`${base}/-/publish`}>Review changes</LinkButton>}
          >
            A version is a snapshot of the set that never changes; applications fetch it by its number. There
            is none yet.
          </EmptyState>
        )}
      </Card>
    </>
  );
}

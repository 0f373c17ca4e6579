import type { LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Box, Plus } from 'lucide-react';
import { PageHead } from '../../components/page-head.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table } from '../../components/ui/table.tsx';
import { VersionTag } from '../../components/ui/tag.tsx';
import { Time } from '../../components/ui/time.tsx';
import { forPage } from '../../lib/errors.ts';
import { suggestionsFor } from '../../lib/suggestions.server.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { useOrganisation } from '../organisation/layout.tsx';

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) =>
  pageTitle(loaded?.project.slug ?? 'Not found');

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { organisation, project: slug = '' } = params;
  const cursor = new URL(request.url).searchParams.get('after') ?? undefined;
  const { trpc } = context;
  const project = await forPage(trpc.projects.get({ organisation, project: slug }), context, {
    address: slug,
    suggest: () => suggestionsFor(context, params),
  });
  const sets = await forPage(trpc.promptSets.list({ organisation, project: slug, cursor }), context);
  return { project, sets, isFirst: cursor === undefined };
}

export default function Project() {
  const { project, sets, isFirst } = useLoaderData<typeof loader>();
  const { organisation } = useOrganisation() ?? {};
  const base = `/o/${organisation?.slug}/${project.slug}`;
  const newSet = organisation?.permissions.includes('prompts.write') && (
    <LinkButton to={`${base}/-/new-set`} icon={Plus} variant="primary">
      New prompt set
    </LinkButton>
  );
  return (
    <>
      <PageHead
        mono
        title={project.slug}
        note={project.description || (project.name === project.slug ? undefined : project.name)}
        actions={sets.data.length > 0 && newSet}
      />
      <Table
        label={`Prompt sets of ${project.slug}`}
        rows={sets.data}
        rowKey={(set) => set.id}
        rowNote={(set) => set.name !== set.slug && set.name}
        rowTo={(set) => `${base}/${set.slug}`}
        columns={[
          { key: 'slug', head: 'Prompt set', mono: true, cell: (set) => set.slug },
          {
            key: 'latest',
            head: 'Latest version',
            cell: (set) => (set.latest ? <VersionTag version={set.latest} /> : 'never published'),
            phone: 'aside',
          },
          { key: 'description', head: 'Description', cell: (set) => set.description || '–' },
          {
            key: 'created',
            head: 'Created',
            cell: (set) => <Time value={set.created_at} dateOnly />,
            phone: 'hidden',
          },
        ]}
        empty={
          <EmptyState icon={Box} action={newSet} example={<code>{`${project.slug}/emails@^1.0`}</code>}>
            No prompt set yet. A set holds the prompts that belong together and are released together.
          </EmptyState>
        }
        foot={
          (!isFirst || sets.meta.has_more) && (
            <Pagination
              previousTo={isFirst ? undefined : base}
              previousLabel="First page"
              nextTo={sets.meta.cursor ? `?after=${encodeURIComponent(sets.meta.cursor)}` : undefined}
              nextLabel="More"
            />
          )
        }
      />
    </>
  );
}

import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Package, Plus } from 'lucide-react';
import { PageHead } from '../../components/page-head.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Table } from '../../components/ui/table.tsx';
import { Time } from '../../components/ui/time.tsx';
import { forPage } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { useOrganisation } from '../organisation/layout.tsx';

export const meta = () => pageTitle('Projects');

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const cursor = new URL(request.url).searchParams.get('after') ?? undefined;
  const page = await forPage(
    context.trpc.projects.list({ organisation: params.organisation, cursor }),
    context,
  );
  return { page, isFirst: cursor === undefined };
}

export default function Projects() {
  const { page, isFirst } = useLoaderData<typeof loader>();
  const { organisation } = useOrganisation() ?? {};
  const base = `/o/${organisation?.slug}`;
  const newProject = organisation?.permissions.includes('projects.write') && (
    <LinkButton to={`${base}/-/projects/new`} icon={Plus} variant="primary">
      New project
    </LinkButton>
  );
  return (
    <>
      <PageHead
        title="Projects"
        note="A project is a group of prompt sets under one name."
        actions={page.data.length > 0 && newProject}
      />
      <Table
        label="Projects"
        rows={page.data}
        rowKey={(project) => project.id}
        rowNote={({ slug, name }) => name !== slug && name}
        rowTo={(project) => `${base}/${project.slug}`}
        columns={[
          { key: 'slug', head: 'Project', mono: true, cell: (project) => project.slug },
          {
            key: 'description',
            head: 'Description',
            cell: (project) => project.description,
            phone: 'hidden',
          },
          {
            key: 'created',
            head: 'Created',
            cell: (project) => <Time value={project.created_at} dateOnly />,
            phone: 'aside',
          },
        ]}
        empty={
          <EmptyState icon={Package} action={newProject} example={<code>support/emails/refund</code>}>
            No project yet. It is the first part of an address: <code>support</code> in this one.
          </EmptyState>
        }
        foot={
          (!isFirst || page.meta.has_more) && (
            <Pagination
              previousTo={isFirst ? undefined : `${base}/-/projects`}
              previousLabel="First page"
              nextTo={page.meta.cursor ? `?after=${encodeURIComponent(page.meta.cursor)}` : undefined}
              nextLabel="More"
            />
          )
        }
      />
    </>
  );
}

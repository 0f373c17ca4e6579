import { data, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useActionData, useParams } from '@remix-run/react';
import { PageHead } from '../../components/page-head.tsx';
import { StartForm } from '../../components/start-form.tsx';
import { formErrors, pageErrorResponse } from '../../lib/errors.ts';
import { orUndefined, readForm, textFields } from '../../lib/form-fields.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';

export const meta = () => pageTitle('New project');

/** Who may start none sees it before having typed. */
export function loader({ params, context }: LoaderFunctionArgs) {
  const organisation = context.user?.organisations.find(({ slug }) => slug === params.organisation);
  if (organisation && !organisation.permissions.includes('projects.write')) {
    throw pageErrorResponse({
      status: 403,
      message: `Your role here is ${organisation.role}: it can’t create projects.`,
      requestId: context.requestId,
    });
  }
  return null;
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const values = textFields(await readForm(request, context), 'name', 'slug', 'description');
  const { organisation } = params;
  try {
    const { name, slug, description } = values;
    const project = await context.trpc.projects.create({
      organisation,
      name,
      slug: orUndefined(slug.trim()),
      description,
    });
    return redirectWithNotice(`/o/${organisation}/${project.slug}`, {
      sentence: `Project ${project.slug} created.`,
    });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values }, errors.status);
  }
}

export default function NewProject() {
  const { errors, values } = useActionData<typeof action>() ?? {};
  const { organisation } = useParams();
  return (
    <>
      <PageHead
        title="New project"
        note="A group of prompt sets under one name: a product, a team, an application."
      />
      <StartForm
        what="project"
        placeholder="Support"
        cancelTo={`/o/${organisation}/-/projects`}
        errors={errors}
        values={values}
      />
    </>
  );
}

import { data, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useActionData, useParams } from '@remix-run/react';
import { PageHead } from '../../components/page-head.tsx';
import { StartForm } from '../../components/start-form.tsx';
import { forPage, formErrors, pageErrorResponse } from '../../lib/errors.ts';
import { orUndefined, readForm, textFields } from '../../lib/form-fields.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';

export const meta = () => pageTitle('New prompt set');

export async function loader({ params, context }: LoaderFunctionArgs) {
  const { organisation, project = '' } = params;
  await forPage(context.trpc.projects.get({ organisation, project }), context, { address: project });
  const here = context.user?.organisations.find(({ slug }) => slug === organisation);
  if (here && !here.permissions.includes('prompts.write')) {
    throw pageErrorResponse({
      status: 403,
      message: `Your role here is ${here.role}: it can’t create prompt sets.`,
      requestId: context.requestId,
    });
  }
  return null;
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const values = textFields(await readForm(request, context), 'name', 'slug', 'description');
  const { organisation, project = '' } = params;
  try {
    const { name, slug, description } = values;
    const set = await context.trpc.promptSets.create({
      ...{ organisation, project, name, description },
      slug: orUndefined(slug.trim()),
    });
    return redirectWithNotice(`/o/${organisation}/${set.address}`, {
      sentence: `Prompt set ${set.address} created.`,
    });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values }, errors.status);
  }
}

export default function NewSet() {
  const { errors, values } = useActionData<typeof action>() ?? {};
  const { organisation, project } = useParams();
  return (
    <>
      <PageHead
        title="New prompt set"
        note="The package: prompts that belong together and are released together, under one version number."
      />
      <StartForm
        what="prompt set"
        placeholder="E-mails"
        prefix={`${project}/`}
        cancelTo={`/o/${organisation}/${project}`}
        errors={errors}
        values={values}
      />
    </>
  );
}

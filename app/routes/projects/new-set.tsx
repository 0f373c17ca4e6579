import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useNavigation, useParams } from '@remix-run/react';
import { FormError } from '../../components/form-error.tsx';
import { NameAndSlug } from '../../components/name-and-slug.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { TextareaField } from '../../components/ui/field.tsx';
import { forPage, formErrors, pageErrorResponse } from '../../lib/errors.ts';
import { orUndefined, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';

export const meta = () => pageTitle('New prompt set');

export async function loader({ params, context }: LoaderFunctionArgs) {
  const { organisation, project = '' } = params;
  await forPage(context.trpc.projects.get({ organisation, project }), context, { address: project });
  const here = context.user?.organisations.find(({ slug }) => slug === organisation);
  if (here && !here.permissions.includes('prompts.write')) {
    throw pageErrorResponse({
      status: 403,
      message: `Your role here is ${here.role}: it can’t start prompt sets.`,
      requestId: context.requestId,
    });
  }
  return null;
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const values = textFields(await request.formData(), 'name', 'slug', 'description');
  const { organisation, project = '' } = params;
  try {
    const { name, slug, description } = values;
    const set = await context.trpc.promptSets.create({
      ...{ organisation, project, name, description },
      slug: orUndefined(slug.trim()),
    });
    return redirect(`/o/${organisation}/${set.address}`, 303);
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values }, errors.status);
  }
}

export default function NewSet() {
  const { errors, values } = useActionData<typeof action>() ?? {};
  const { organisation, project } = useParams();
  const busy = useNavigation().formMethod === 'POST';
  return (
    <>
      <PageHead
        title="New prompt set"
        note="The package: prompts that belong together and are released together, under one version number."
      />
      <Form method="post" className="grid max-w-105 gap-4">
        <FormError errors={errors} knownFields={['name', 'slug', 'description']} />
        <NameAndSlug
          what="prompt set"
          placeholder="E-mails"
          prefix={`${project}/`}
          values={values}
          errors={errors?.fields}
        />
        <TextareaField
          label="Description"
          name="description"
          maxLength={2_000}
          defaultValue={values?.description}
          error={errors?.fields.description}
        />
        <div className="flex gap-2">
          <Button variant="primary" size="large" busy={busy}>
            Start the prompt set
          </Button>
          <LinkButton to={`/o/${organisation}/${project}`} size="large" variant="quiet">
            Cancel
          </LinkButton>
        </div>
      </Form>
    </>
  );
}

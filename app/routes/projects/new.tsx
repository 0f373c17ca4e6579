import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useNavigation, useParams } from '@remix-run/react';
import { FormError } from '../../components/form-error.tsx';
import { NameAndSlug } from '../../components/name-and-slug.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { TextareaField } from '../../components/ui/field.tsx';
import { formErrors, pageErrorResponse } from '../../lib/errors.ts';
import { orUndefined, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';

export const meta = () => pageTitle('New project');

/** Who may start none sees it before having typed. */
export function loader({ params, context }: LoaderFunctionArgs) {
  const organisation = context.user?.organisations.find(({ slug }) => slug === params.organisation);
  if (organisation && !organisation.permissions.includes('projects.write')) {
    throw pageErrorResponse({
      status: 403,
      message: `Your role here is ${organisation.role}: it can’t start projects.`,
      requestId: context.requestId,
    });
  }
  return null;
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const values = textFields(await request.formData(), 'name', 'slug', 'description');
  const { organisation } = params;
  try {
    const { name, slug, description } = values;
    const project = await context.trpc.projects.create({
      organisation,
      name,
      slug: orUndefined(slug.trim()),
      description,
    });
    return redirect(`/o/${organisation}/${project.slug}`, 303);
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values }, errors.status);
  }
}

export default function NewProject() {
  const { errors, values } = useActionData<typeof action>() ?? {};
  const { organisation } = useParams();
  const busy = useNavigation().formMethod === 'POST';
  return (
    <>
      <PageHead
        title="New project"
        note="A group of prompt sets under one name: a product, a team, an application."
      />
      <Form method="post" className="grid max-w-105 gap-4">
        <FormError errors={errors} knownFields={['name', 'slug', 'description']} />
        <NameAndSlug what="project" placeholder="Support" values={values} errors={errors?.fields} />
        <TextareaField
          label="Description"
          name="description"
          maxLength={2_000}
          defaultValue={values?.description}
          error={errors?.fields.description}
        />
        <div className="flex gap-2">
          <Button variant="primary" size="large" busy={busy}>
            Start the project
          </Button>
          <LinkButton to={`/o/${organisation}/-/projects`} size="large" variant="quiet">
            Cancel
          </LinkButton>
        </div>
      </Form>
    </>
  );
}

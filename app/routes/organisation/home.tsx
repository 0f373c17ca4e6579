import { findVariables } from '@anvil/core/template/variables';
import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { FirstDone } from '../../components/first-done.tsx';
import { FirstPrompt } from '../../components/first-prompt.tsx';
import { HomeOverview, HomeWithoutProjects, HomeWithoutSets } from '../../components/home-overview.tsx';
import { forPage, formErrors } from '../../lib/errors.ts';
import { EXAMPLE_PROMPT, EXAMPLE_VALUES } from '../../lib/example-prompt.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { useOrganisation } from './layout.tsx';

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) =>
  pageTitle('Home', loaded?.home.organisation.name ?? '');

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { organisation } = params;
  const home = await forPage(context.trpc.organisations.home({ organisation }), context, {
    address: organisation,
  });
  const template = new URL(request.url).searchParams.has('example') ? EXAMPLE_PROMPT : '';
  return { home, baseUrl: context.baseUrl, template, found: findVariables(template) };
}

/**
 * Publishes the first prompt. The page that shows its key is this answer itself: the key stands in no address and no
 * storage, and whoever loads the page again sees home.
 */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const { template } = textFields(await readForm(request, context), 'template');
  const { organisation } = params;
  try {
    const made = await context.trpc.organisations.publishFirstPrompt({
      organisation,
      template: unixLines(template),
      values: EXAMPLE_VALUES,
    });
    return data({ made, errors: undefined }, { headers: { 'Cache-Control': 'no-store' } });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ made: undefined, errors, template, found: findVariables(template) }, errors.status);
  }
}

/** Forms send line breaks as CR LF; prompts keep LF. */
function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

export default function Home() {
  const { home, baseUrl, template, found } = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>();
  const { user, organisation } = useOrganisation() ?? {};
  const base = `/o/${home.organisation.slug}`;
  const mayWrite = organisation?.permissions.includes('prompts.write') === true;

  if (answer?.made) return <FirstDone made={answer.made} baseUrl={baseUrl} base={base} />;
  if (!home.empty) {
    return home.has_sets ? (
      <HomeOverview home={home} base={base} />
    ) : (
      <HomeWithoutSets home={home} base={base} mayWrite={mayWrite} />
    );
  }
  if (!home.can_write) return <HomeWithoutProjects name={home.organisation.name} />;
  return (
    <FirstPrompt
      name={user?.name.split(' ')[0] ?? home.organisation.name}
      base={base}
      template={answer?.template ?? template}
      found={answer?.found ?? found}
      errors={answer?.errors}
    />
  );
}

import type { PlaceholderStyle } from '@anvil/core/placeholder-signs';
import { toTemplate } from '@anvil/core/placeholders';
import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { FirstDone } from '../../components/first-done.tsx';
import { FirstPrompt } from '../../components/first-prompt.tsx';
import { toPlaceholderStyle } from '../../components/placeholder-choice.tsx';
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
  return { home, baseUrl: context.baseUrl, template, found: namesIn(template, 'liquid') };
}

/**
 * Publishes the first prompt. The page that shows its key is this answer itself: the key stands in no address and no
 * storage, and whoever loads the page again sees home.
 */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const fields = textFields(await readForm(request, context), 'template', 'placeholders');
  const { template } = fields;
  const style = toPlaceholderStyle(fields.placeholders);
  const { organisation } = params;
  try {
    const made = await context.trpc.organisations.publishFirstPrompt({
      organisation,
      template: unixLines(template),
      placeholders: style,
      values: EXAMPLE_VALUES,
    });
    return data({ made, errors: undefined }, { headers: { 'Cache-Control': 'no-store' } });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    const found = namesIn(unixLines(template), style);
    return data({ made: undefined, errors, template, style, found }, errors.status);
  }
}

function namesIn(template: string, style: PlaceholderStyle): string[] {
  return toTemplate(template, style).parameters.map(({ name }) => name);
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
      style={answer?.style ?? 'liquid'}
      found={answer?.found ?? found}
      errors={answer?.errors}
    />
  );
}

import {
  data,
  redirect,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { FormError } from '../../components/form-error.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { Card, CardRow, CardRows } from '../../components/ui/card.tsx';
import { DiffCount, DiffView } from '../../components/ui/diff.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { Tag } from '../../components/ui/tag.tsx';
import { Time } from '../../components/ui/time.tsx';
import { ContentView } from '../../components/content-view.tsx';
import { contentText } from '../../lib/content-text.ts';
import { diffTexts } from '../../lib/diff.ts';
import { forPage, formErrors } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { setPlace } from '../../lib/set-place.ts';
import { useOrganisation } from '../organisation/layout.tsx';
import { readForm } from '../../lib/form-fields.ts';

export const meta: MetaFunction<typeof loader> = ({ data: page }) =>
  pageTitle('History', page?.prompt.address ?? '');

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { ref, address, base } = setPlace(params);
  const { prompt: slug = '' } = params;
  const query = new URL(request.url).searchParams;
  const cursor = query.get('after') ?? undefined;
  const { prompts } = context.trpc;
  const prompt = await forPage(prompts.get({ ...ref, prompt: slug }), context, {
    address: `${address}/${slug}`,
  });
  const revisions = await forPage(prompts.listRevisions({ ...ref, prompt: slug, cursor }), context);
  const of = { organisation: ref.organisation, prompt_id: prompt.id };
  const number = Number(query.get('number') ?? revisions.data[0]?.number ?? prompt.revision);
  const chosen = await forPage(prompts.getRevision({ ...of, number }), context);
  const before =
    number > 1 ? await forPage(prompts.getRevision({ ...of, number: number - 1 }), context) : null;
  return {
    path: `${base}/${slug}`,
    prompt: { address: prompt.address, slug, revision: prompt.revision },
    revisions,
    chosen,
    before: before && contentText(before.content),
    after: contentText(chosen.content),
  };
}

/** Saves the content of an older revision as the newest one. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const { ref, base } = setPlace(params);
  const { prompt: slug = '' } = params;
  const { prompts } = context.trpc;
  const number = Number((await readForm(request, context)).get('number'));
  try {
    const { id, revision } = await prompts.get({ ...ref, prompt: slug });
    const { content } = await prompts.getRevision({ organisation: ref.organisation, prompt_id: id, number });
    await prompts.update({ organisation: ref.organisation, prompt_id: id, revision, content });
    return redirect(`${base}/${slug}`, 303);
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors }, errors.status);
  }
}

export default function Revisions() {
  const { path, prompt, revisions, chosen, before, after } = useLoaderData<typeof loader>();
  const { errors } = useActionData<typeof action>() ?? {};
  const canWrite = useOrganisation()?.organisation.permissions.includes('prompts.write') === true;
  const isCurrent = chosen.number === prompt.revision;
  const difference = before === null ? null : diffTexts(before, after);
  return (
    <>
      <PageHead
        mono
        title={prompt.address}
        tags={<Tag>history</Tag>}
        note="Every save is kept as a revision; nothing is overwritten."
        actions={<LinkButton to={path}>Back to the editor</LinkButton>}
      />
      <div className="grid items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)] lg:gap-6">
        <Card
          flush
          foot={
            revisions.meta.cursor && (
              <Pagination nextTo={`?after=${encodeURIComponent(revisions.meta.cursor)}`} />
            )
          }
        >
          <CardRows>
            {revisions.data.map((revision) => (
              <CardRow
                key={revision.number}
                to={`${path}/-/revisions?number=${revision.number}`}
                chosen={revision.number === chosen.number}
                aside={
                  <>
                    {revision.source === 'import' && <Tag>import</Tag>}
                    {revision.number === prompt.revision && <Tag tone="ember">now</Tag>}
                  </>
                }
              >
                <span className="block font-medium">Revision {revision.number}</span>
                <span className="text-12 text-mute">
                  <bdi>{revision.author.name}</bdi> · <Time value={revision.created_at} short />
                </span>
              </CardRow>
            ))}
          </CardRows>
        </Card>
        <div className="grid min-w-0 gap-4">
          <FormError errors={errors} knownFields={[]} />
          {difference && (
            <Card
              flush
              title={`What revision ${chosen.number} changed`}
              aside={<DiffCount added={difference.added} removed={difference.removed} />}
            >
              <DiffView
                diff={difference}
                beforeLabel={`Revision ${chosen.number - 1}`}
                afterLabel={`Revision ${chosen.number}`}
                context={3}
              />
            </Card>
          )}
          <div className="flex min-h-control flex-wrap items-center justify-between gap-4">
            <h2 className="font-semibold">The text of revision {chosen.number}</h2>
            {canWrite && !isCurrent && (
              <Form method="post">
                <Button name="number" value={chosen.number}>
                  Restore this revision
                </Button>
              </Form>
            )}
          </div>
          <ContentView content={chosen.content} title={prompt.slug} />
        </div>
      </div>
    </>
  );
}

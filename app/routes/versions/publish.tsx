import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import type { NextVersionView } from '#server/schemas/versions.ts';
import { PageHead } from '../../components/page-head.tsx';
import { PUBLISH_FORM_ID, PublishForm } from '../../components/publish-form.tsx';
import { GoesOut, type SeenChanges } from '../../components/publish-preview.tsx';
import { TextChanges } from '../../components/text-changes.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { TextareaField } from '../../components/ui/field.tsx';
import { forPage, formErrors, type FormErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { unlessSessionEnded } from '../../lib/revalidation.ts';
import { rangeOf, setPlace } from '../../lib/set-place.ts';
import { chosenNumber } from '../../lib/version-choices.ts';

export const meta: MetaFunction<typeof loader> = ({ data: page }) =>
  pageTitle('Publish', page?.address ?? '');

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const { ref, address, base } = setPlace(params);
  const { versions } = context.trpc;
  const cursor = new URL(request.url).searchParams.get('after') ?? undefined;
  const next = await forPage(versions.next(ref), context, { address });
  // Read after the proposal: if somebody saves in between, the proposal's checksum no longer fits and nothing is published.
  const texts =
    next.base === null
      ? null
      : await forPage(versions.listChangedPrompts({ ...ref, from: next.base, cursor }), context);
  const published = await forPage(versions.list({ ...ref, limit: 1 }), context);
  return { address, base, next, texts, cursor, isFirst: published.data.length === 0 };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { ref, base } = setPlace(params);
  const form = await readForm(request, context);
  const fields = textFields(form, 'number', 'other', 'changelog', 'checksum', 'seen', 'intent');
  const { number, other, changelog, checksum, seen } = fields;
  const values = { number, other, changelog, seen };
  // Another page of text changes, which the loader reads. What was typed stays in the form.
  if (fields.intent === 'texts') return data({ errors: undefined, values });
  const chosen = chosenNumber(number, other);
  if (!chosen.ok) {
    const errors: FormErrors = { status: 422, reason: 'validation', fields: { number: [chosen.message] } };
    return data({ errors, values }, errors.status);
  }
  try {
    const version = await context.trpc.versions.publish({
      ...ref,
      number: chosen.number,
      changelog: changelog.replaceAll('\r\n', '\n'),
      checksum,
    });
    return redirectWithNotice(`${base}/-/versions/${version.number}`, {
      sentence: `${version.number} published.`,
    });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values }, errors.status);
  }
}

/** After a conflict too, because the page has to show what is there now. */
export const shouldRevalidate = unlessSessionEnded;

/** The proposal as it is now, when somebody saved after the page was opened. */
function changedProposal(errors: FormErrors | undefined): NextVersionView | undefined {
  if (errors?.reason !== 'draft_changed') return undefined;
  return (errors.data as { next_version?: NextVersionView } | undefined)?.next_version;
}

/** The sentences that the page showed before, as the form sent them. */
function readSeen(text: string | undefined): SeenChanges | undefined {
  try {
    const seen: unknown = JSON.parse(text ?? '');
    return Array.isArray(seen) ? new Set(seen.filter((one) => typeof one === 'string')) : undefined;
  } catch {
    return undefined;
  }
}

export default function Publish() {
  const loaded = useLoaderData<typeof loader>();
  const { address, base, isFirst, texts, cursor } = loaded;
  const { errors, values } = useActionData<typeof action>() ?? {};
  const changed = changedProposal(errors);
  const next = changed ?? loaded.next;
  if (!next.number || next.obstacle)
    return <NothingToPublish {...{ base, address, next }} changelog={values?.changelog} />;
  return (
    <>
      <PageHead
        title={`Publish ${address}`}
        note={
          <>
            A version can’t be changed once it is published.{' '}
            {next.base && next.level !== 'major' && (
              <>
                Applications on <code>{rangeOf(next.base)}</code> get it with their next fetch.
              </>
            )}
          </>
        }
      />
      {/* Another draft means another choice of numbers. */}
      <PublishForm
        key={next.checksum}
        next={next}
        isFirst={isFirst}
        errors={errors}
        values={values}
        seen={changed && readSeen(values?.seen)}
      />
      {texts && next.base && (
        <div className="mt-6">
          <TextChanges
            prompts={texts.data}
            from={next.base}
            to="draft"
            firstTo={cursor ? `${base}/-/publish` : undefined}
            nextTo={
              texts.meta.cursor
                ? `${base}/-/publish?after=${encodeURIComponent(texts.meta.cursor)}`
                : undefined
            }
            submits={{ form: PUBLISH_FORM_ID, name: 'intent', value: 'texts' }}
          />
        </div>
      )}
    </>
  );
}

interface NothingToPublishProps {
  base: string;
  address: string;
  next: NextVersionView;
  /** What somebody wrote while others published. */
  changelog: string | undefined;
}

function NothingToPublish({ base, address, next, changelog }: NothingToPublishProps) {
  return (
    <>
      <PageHead title={`Publish ${address}`} />
      <div className="grid max-w-236 gap-4">
        {next.changes.length > 0 || next.problems.length > 0 ? (
          <GoesOut next={next} />
        ) : (
          <div className="rounded-8 border border-line bg-panel">
            <EmptyState action={<LinkButton to={base}>Go to the prompts</LinkButton>}>
              {next.obstacle}
            </EmptyState>
          </div>
        )}
        {changelog && (
          <TextareaField
            label="Your changelog"
            rows={4}
            readOnly
            defaultValue={changelog}
            hint="It was not published. Copy it if you need it."
          />
        )}
      </div>
    </>
  );
}

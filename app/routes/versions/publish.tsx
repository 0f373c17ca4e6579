import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { useState } from 'react';
import type { NextVersionView } from '#server/schemas/versions.ts';
import { FormError } from '../../components/form-error.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { GoesOut, type SeenChanges } from '../../components/publish-preview.tsx';
import { TextChanges } from '../../components/text-changes.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { Input, TextareaField } from '../../components/ui/field.tsx';
import { RadioCards } from '../../components/ui/radio-cards.tsx';
import { forPage, formErrors, type FormErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { rangeOf, setPlace } from '../../lib/set-place.ts';
import { useHydrated } from '../../lib/use-hydrated.ts';
import { chosenNumber, OTHER_NUMBER, versionChoices } from '../../lib/version-choices.ts';
import { useSending } from '../../lib/use-sending.ts';

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
  const used = await forPage(versions.list({ ...ref, limit: 100 }), context);
  return { address, base, next, texts, cursor, used: used.data.map(({ number }) => number) };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { ref, base } = setPlace(params);
  const form = await readForm(request, context);
  const fields = textFields(form, 'number', 'other', 'changelog', 'checksum', 'seen');
  const { number, other, changelog, checksum, seen } = fields;
  const values = { number, other, changelog, seen };
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

/** After a conflict too: what the page shows has to be what is there now. */
export const shouldRevalidate = () => true;

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
  const { address, base, used, texts, cursor } = loaded;
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
        used={used}
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
            nextTo={texts.meta.cursor ? `?after=${encodeURIComponent(texts.meta.cursor)}` : undefined}
          />
        </div>
      )}
    </>
  );
}

interface PublishFormProps {
  next: NextVersionView;
  used: string[];
  errors: FormErrors | undefined;
  values: { number: string; other: string; changelog: string } | undefined;
  seen: SeenChanges | undefined;
}

function PublishForm({ next, used, errors, values, seen }: PublishFormProps) {
  const hydrated = useHydrated();
  const busy = useSending();
  const choices = versionChoices(next, used);
  const known = [...choices.map((choice) => choice.number), OTHER_NUMBER];
  const [number, setNumber] = useState(
    known.find((one) => one === values?.number) ?? choices[0]?.number ?? '',
  );
  const [other, setOther] = useState(values?.other ?? '');
  const wanted = number === OTHER_NUMBER ? other.trim() : number;
  return (
    <Form method="post" className="grid max-w-236 gap-6 lg:grid-cols-[minmax(0,1fr)_20.625rem]">
      <input type="hidden" name="checksum" value={next.checksum} />
      <input
        type="hidden"
        name="seen"
        value={JSON.stringify(next.changes.slice(0, 200).map(({ sentence }) => sentence))}
      />
      <div className="grid min-w-0 content-start gap-4">
        {seen ? (
          <Banner tone="minor" live="The draft has changed. Review it again.">
            The draft changed while you were here. Review the changes, then publish. Your changelog is kept.
          </Banner>
        ) : (
          <FormError errors={errors} knownFields={['number', 'changelog']} />
        )}
        <GoesOut next={next} seen={seen} />
        <TextareaField
          label="Changelog"
          name="changelog"
          rows={4}
          defaultValue={values?.changelog}
          error={errors?.fields.changelog}
          hint="In Markdown. Shown to everyone who updates."
        />
      </div>
      <div className="grid min-w-0 content-start gap-4">
        <RadioCards
          mono
          name="number"
          legend="Version"
          defaultValue={number}
          options={[
            ...choices.map((choice) => ({
              value: choice.number,
              title: choice.number,
              hint: choice.hint,
            })),
            {
              value: OTHER_NUMBER,
              title: <span className="font-sans text-14 font-medium">Another number</span>,
              hint: 'A higher one, or a pre-release of one.',
              field: (
                <Input
                  mono
                  name="other"
                  aria-label="Another number"
                  maxLength={100}
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  defaultValue={values?.other}
                  placeholder={`${choices[0]?.number ?? '1.0.0'}-beta.1`}
                  onInput={(event) => {
                    setOther(event.currentTarget.value);
                    chooseOther(event.currentTarget);
                  }}
                />
              ),
            },
          ]}
          error={errors?.fields.number}
          onChoose={setNumber}
        />
        <Button variant="primary" size="large" block busy={busy}>
          {/* Without JavaScript the words can't follow the choice. */}
          {hydrated && wanted ? `Publish ${wanted}` : 'Publish this version'}
        </Button>
      </div>
    </Form>
  );
}

/** Who types into the field means it. */
function chooseOther(field: HTMLInputElement): void {
  const radio = field.form?.querySelector<HTMLInputElement>(`input[name="number"][value="${OTHER_NUMBER}"]`);
  if (radio && !radio.checked) radio.click();
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

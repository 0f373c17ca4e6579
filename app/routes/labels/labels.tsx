import { data, type ActionFunctionArgs, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { Plus, Tag as TagIcon } from 'lucide-react';
import type { LabelView } from '#server/schemas/labels.ts';
import { ChoosePrompt } from '../../components/choose-prompt.tsx';
import { FormError } from '../../components/form-error.tsx';
import { LABEL_HISTORY_ID, LabelHistory } from '../../components/label-history.tsx';
import { NewLabel } from '../../components/new-label.tsx';
import { RollBackWarning } from '../../components/roll-back-warning.tsx';
import { SetHead } from '../../components/set-tabs.tsx';
import { UseIt } from '../../components/use-it.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { Card, CardRow, CardRows } from '../../components/ui/card.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { LabelTag, VersionNumber } from '../../components/ui/tag.tsx';
import { Time } from '../../components/ui/time.tsx';
import { suggestionsFor } from '../../lib/suggestions.server.ts';
import { forPage, formErrors, orNull, type FormErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { chosenSample } from '../../lib/published-sample.server.ts';
import { setPlace } from '../../lib/set-place.ts';
import { unlessSessionEnded } from '../../lib/revalidation.ts';
import { useOrganisation } from '../organisation/layout.tsx';

export const meta: MetaFunction<typeof loader> = ({ data: page }) =>
  pageTitle('Labels', page?.set.address ?? '');

export async function loader({ params, request, context }: LoaderFunctionArgs) {
  const place = setPlace(params);
  const { ref, address, base } = place;
  const query = new URL(request.url).searchParams;
  const { promptSets, labels, versions } = context.trpc;
  const suggest = () => suggestionsFor(context, params);
  const set = await forPage(promptSets.get(ref), context, { address, suggest });
  const list = (await forPage(labels.list(ref), context)).data;
  const used = await forPage(versions.list({ ...ref, limit: 100 }), context);
  // A removed label keeps its history, and can be restored from there.
  const name = query.get('label') ?? (list.find(({ automatic }) => !automatic) ?? list[0])?.name;
  const current = list.find((label) => label.name === name);
  const cursor = query.get('after') ?? undefined;
  const moves =
    name === undefined || name === 'latest'
      ? null
      : await forPage(labels.listMoves({ ...ref, name, cursor }), context, { address: `${address}@${name}` });
  // Where "Roll back" leads first: the newest other version that the label was on.
  const back = moves?.data.find(({ to }) => to !== null && to !== current?.version)?.to;
  return {
    base,
    set,
    labels: list,
    chosen: name === undefined ? null : { name, current, moves },
    rollBack:
      current && back
        ? await forPage(versions.compare({ ...ref, from: current.version, to: back }), context)
        : null,
    versions: used.data.map(({ number }) => number),
    asksForNew: query.has('new'),
    use: current
      ? await chosenSample(context, place, {
          number: current.version,
          prompt: query.get('prompt') ?? undefined,
        })
      : null,
    baseUrl: context.baseUrl,
  };
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { ref, base } = setPlace(params);
  const { intent, name, to, from, reason } = textFields(
    await readForm(request, context),
    'intent',
    'name',
    'to',
    'from',
    'reason',
  );
  const { labels, versions } = context.trpc;
  try {
    if (intent !== 'remove' && !(await orNull(versions.get({ ...ref, number: to })))) {
      const errors = noSuchVersion(to);
      return data({ errors, values: { intent, name, to, reason } }, errors.status);
    }
    if (intent === 'remove') await labels.remove({ ...ref, name, from, reason });
    else await labels.move({ ...ref, name, to, from: from || null, reason });
    return redirectWithNotice(`${base}/-/labels?label=${encodeURIComponent(name)}`, {
      sentence: intent === 'remove' ? `${name} removed.` : `${name} now points to ${to}.`,
      focus: LABEL_HISTORY_ID,
    });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values: { intent, name, to, reason } }, errors.status);
  }
}

function noSuchVersion(number: string): FormErrors {
  const message = `There is no version ${number}. Enter a published one.`;
  return { status: 422, reason: 'validation', fields: { to: [message] } };
}

/** After a conflict too, because the page has to show where the label is now. */
export const shouldRevalidate = unlessSessionEnded;

export default function Labels() {
  const { base, set, labels, chosen, versions, asksForNew, rollBack, use, baseUrl } =
    useLoaderData<typeof loader>();
  const { errors, values } = useActionData<typeof action>() ?? {};
  const canMove = useOrganisation()?.organisation.permissions.includes('labels.move') === true;
  const isNew = values?.intent === 'create';
  return (
    <>
      <SetHead set={set} base={base} />
      {!set.latest && versions.length === 0 ? (
        <Card flush>
          <EmptyState
            icon={TagIcon}
            action={<LinkButton to={`${base}/-/publish`}>Review changes</LinkButton>}
          >
            A label is a name on a version that you can move, such as <code>production</code>. Publish a
            version first.
          </EmptyState>
        </Card>
      ) : (
        <div className="grid items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)] lg:gap-6">
          <Card
            flush
            foot={
              canMove && (
                <LinkButton to="?new" size="small" icon={Plus} preventScrollReset>
                  New label
                </LinkButton>
              )
            }
          >
            <CardRows>
              {labels.map((label) => (
                <LabelRow key={label.name} label={label} chosen={label.name === chosen?.name} base={base} />
              ))}
            </CardRows>
          </Card>
          <div className="grid min-w-0 gap-4">
            {!isNew && <FormError errors={errors} knownFields={['to', 'reason']} />}
            {chosen && (
              <LabelHistory
                key={chosen.name}
                {...chosen}
                base={base}
                versions={versions}
                canMove={canMove}
                errors={isNew ? undefined : errors}
                values={isNew ? undefined : values}
              />
            )}
            {canMove && rollBack && <RollBackWarning comparison={rollBack} />}
            {chosen && use && (
              <UseIt
                baseUrl={baseUrl}
                address={`${use.sample.prompt}@${chosen.name}`}
                values={use.sample.values}
                choose={
                  <ChoosePrompt slugs={use.slugs} chosen={use.sample.slug} keep={{ label: chosen.name }} />
                }
              />
            )}
          </div>
        </div>
      )}
      {(asksForNew || isNew) && canMove && (
        <NewLabel
          base={base}
          versions={versions}
          taken={labels}
          errors={isNew ? errors : undefined}
          values={isNew ? values : undefined}
        />
      )}
    </>
  );
}

function LabelRow({ label, chosen, base }: { label: LabelView; chosen: boolean; base: string }) {
  return (
    <CardRow
      to={`${base}/-/labels?label=${label.name}`}
      chosen={chosen}
      aside={
        <span className="text-ink">
          <VersionNumber version={label.version} />
        </span>
      }
    >
      <span className="grid justify-items-start gap-0.5">
        <LabelTag name={label.name} />
        <span className="text-12 text-mute">
          {label.automatic ? (
            'moved automatically'
          ) : (
            <>
              <bdi>{label.moved_by.name}</bdi> · <Time value={label.moved_at} short />
            </>
          )}
        </span>
      </span>
    </CardRow>
  );
}

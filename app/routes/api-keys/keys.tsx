import { data, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData, useSearchParams } from '@remix-run/react';
import { Plus } from 'lucide-react';
import { SCOPES, type ApiKeyDescendant } from '#server/schemas/api-keys.ts';
import { ApiKeyForm } from '../../components/api-key-form.tsx';
import { ApiKeyTable, type ApiKeyRow } from '../../components/api-key-table.tsx';
import { FormError } from '../../components/form-error.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { Dialog } from '../../components/ui/dialog.tsx';
import { Pagination } from '../../components/ui/pagination.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { Secret } from '../../components/ui/secret.tsx';
import { forPage, formErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { stateOfKey } from '../../lib/key-state.ts';
import { redirectWithNotice } from '../../lib/notice.server.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { useNavigation } from '../../lib/use-navigation.ts';
import { useOrganisation } from '../organisation/layout.tsx';

export const meta = () => pageTitle('API keys');

/** The form of a new key lists as many projects. If there are more, their slugs are written. */
const PROJECTS_LISTED = 50;

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { organisation } = params;
  const { searchParams } = new URL(request.url);
  const cursor = searchParams.get('after') ?? undefined;
  const revoking = searchParams.get('revoke');
  const keys = await forPage(context.trpc.apiKeys.list({ organisation, cursor }), context);
  const projects = await forPage(
    context.trpc.projects.list({ organisation, limit: PROJECTS_LISTED }),
    context,
  );
  const { api_keys: enabled } = await context.trpc.accounts.switches();
  const descendants = revoking
    ? await context.trpc.apiKeys.descendants({ organisation, api_key_id: revoking }).catch(() => [])
    : [];
  const now = new Date();
  return {
    enabled,
    descendants,
    keys: keys.data.map((key): ApiKeyRow => ({ ...key, state: stateOfKey(key, now) })),
    next: keys.meta.cursor,
    isFirst: cursor === undefined,
    projects: projects.data.map(({ slug }) => slug),
    hasMoreProjects: projects.meta.has_more,
  };
}

/** Makes a key, whose token this answer shows and nothing else ever; or revokes one. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const form = await readForm(request, context);
  const { organisation = '' } = params;
  const { intent, api_key_id, name, expires } = textFields(form, 'intent', 'api_key_id', 'name', 'expires');
  const texts = (field: string) => form.getAll(field).filter((value) => typeof value === 'string');
  // One slug per checkbox, or many in one field.
  const slugs = texts('projects')
    .flatMap((text) => text.split(/[\s,]+/))
    .filter(Boolean);
  const values = { name, expires, scopes: texts('scopes'), projects: slugs };
  try {
    if (intent === 'revoke') {
      await context.trpc.apiKeys.revoke({ organisation, api_key_id });
      return redirectWithNotice(`/o/${organisation}/-/api-keys`, { sentence: 'API key revoked.' });
    }
    const made = await context.trpc.apiKeys.create({
      ...{ organisation, name },
      scopes: SCOPES.filter((scope) => values.scopes.includes(scope)),
      projects: values.projects.length > 0 ? values.projects : undefined,
      expires_in_days: expires === '' ? undefined : Number(expires),
    });
    const shown = { name: made.name, token: made.token };
    return data(
      { made: shown, errors: undefined, values: undefined },
      { headers: { 'Cache-Control': 'no-store' } },
    );
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ made: undefined, errors, values: intent === 'revoke' ? undefined : values }, errors.status);
  }
}

export default function ApiKeys() {
  const { enabled, descendants, keys, next, isFirst, projects, hasMoreProjects } =
    useLoaderData<typeof loader>();
  const { made, errors, values } = useActionData<typeof action>() ?? {};
  const [search] = useSearchParams();
  const { organisation } = useOrganisation() ?? {};
  const base = `/o/${organisation?.slug}/-/api-keys`;
  const mayWrite = organisation?.permissions.includes('apiKeys.write') === true;
  const newKey = mayWrite && enabled && (
    <LinkButton to="?new" preventScrollReset icon={Plus} variant="primary">
      New key
    </LinkButton>
  );
  const revoking = mayWrite
    ? keys.find(({ id, state }) => id === search.get('revoke') && state !== 'revoked')
    : undefined;
  return (
    <>
      <PageHead
        title="API keys"
        note={`A key belongs to ${organisation?.slug} and keeps working after the person who created it leaves.`}
        actions={keys.length > 0 && newKey}
      />
      <div className="grid gap-4">
        {!enabled && (
          <Banner tone="minor">
            API keys are switched off on this instance. Existing keys get 403. The operator can switch them on
            again.
          </Banner>
        )}
        {made && (
          <Secret
            title={
              <>
                Key <bdi>{made.name}</bdi> created
              </>
            }
            value={made.token}
          />
        )}
        {!values && <FormError errors={errors} knownFields={[]} />}
        <ApiKeyTable
          keys={keys}
          mayWrite={mayWrite}
          newKey={newKey}
          foot={
            (!isFirst || next) && (
              <Pagination
                previousTo={isFirst ? undefined : base}
                previousLabel="Newest"
                nextTo={next ? `?after=${encodeURIComponent(next)}` : undefined}
              />
            )
          }
        />
      </div>
      {mayWrite && enabled && (search.has('new') || values) && (
        <ApiKeyForm
          projects={projects}
          hasMoreProjects={hasMoreProjects}
          closeTo={base}
          values={values}
          errors={errors}
        />
      )}
      {revoking && <RevokeDialog apiKey={revoking} descendants={descendants} closeTo={base} />}
    </>
  );
}

interface RevokeDialogProps {
  apiKey: ApiKeyRow;
  /** Keys that it created and that keep working. */
  descendants: ApiKeyDescendant[];
  closeTo: string;
}

function RevokeDialog({ apiKey, descendants, closeTo }: RevokeDialogProps) {
  const busy = useNavigation().formData?.get('intent') === 'revoke';
  return (
    <Dialog
      title={
        <>
          Revoke <bdi>{apiKey.name}</bdi>?
        </>
      }
      closeTo={closeTo}
      actions={
        <Form method="post" action={closeTo} replace>
          <input type="hidden" name="api_key_id" value={apiKey.id} />
          <Button name="intent" value="revoke" variant="danger" busy={busy}>
            <span className="min-w-0 wrap-anywhere">
              Revoke <bdi>{apiKey.name}</bdi>
            </span>
          </Button>
        </Form>
      }
    >
      <p>
        Applications that send <code>{apiKey.token_start}…</code> are refused at once. This can’t be undone.
        To replace the key without a gap, create a new one first.
      </p>
      {descendants.length > 0 && (
        <>
          <p className="mt-3">
            Keys that it created, directly or through other keys, keep working. Revoke those that aren’t
            needed.
          </p>
          <ul className="mt-2 list-disc pl-5 font-mono text-13">
            {descendants.map(({ id, name }) => (
              <li key={id} className="wrap-anywhere">
                <TextLink to={`?revoke=${id}`}>{name}</TextLink>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

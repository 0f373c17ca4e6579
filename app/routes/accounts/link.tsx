import {
  data,
  redirect,
  type ActionFunctionArgs,
  type HeadersFunction,
  type LoaderFunctionArgs,
} from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import type { LinkView } from '#server/schemas/accounts.ts';
import { DoorAside } from '../../components/door-aside.tsx';
import { DoorFrame } from '../../components/door-frame.tsx';
import { FormError } from '../../components/form-error.tsx';
import { NewPasswordField } from '../../components/new-password-field.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { Checkbox } from '../../components/ui/checkbox.tsx';
import { formErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { returnPath, returnPathCookie } from '../../lib/return-path.ts';
import { useSending } from '../../lib/use-sending.ts';

export const meta = () => pageTitle('Your link');

/** The address holds the token: nothing may keep the page, and no other site is told where one came from. */
export const headers: HeadersFunction = () => ({ 'Cache-Control': 'no-store' });

export async function loader({ request, context }: LoaderFunctionArgs) {
  const token = new URL(request.url).searchParams.get('token') ?? '';
  try {
    return data({ token, link: await context.trpc.accounts.link({ token }), closed: undefined });
  } catch (thrown) {
    const { status, reason, form = '' } = formErrorsOfLink(thrown, context);
    return data({ token, link: undefined, closed: { reason, message: form } }, status);
  }
}

export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request, context);
  const { token, password } = textFields(form, 'token', 'password');
  try {
    const { organisation } = await context.trpc.accounts.useLink({
      token,
      password: form.has('password') ? password : undefined,
      stay_signed_in: form.has('stay_signed_in'),
      stop_api_keys: form.has('stop_api_keys'),
    });
    const path = returnPath(request.headers.get('Cookie'), organisation ? `/o/${organisation}` : '/');
    return redirect(path, { status: 303, headers: { 'Set-Cookie': returnPathCookie(undefined) } });
  } catch (thrown) {
    const errors = formErrorsOfLink(thrown, context);
    return data({ errors }, errors.status);
  }
}

/** A link that has expired is reported on this page, not on the page for missing things. */
function formErrorsOfLink(thrown: unknown, context: { requestId: string }) {
  const over = (thrown as { reason?: unknown }).reason === 'link_over';
  if (!over) return formErrors(thrown, context);
  const message = thrown instanceof Error ? thrown.message : '';
  return { status: 404, reason: 'link_over', form: message, fields: {} as Record<string, string[]> };
}

const WORDS: Record<LinkView['kind'], { title: string; button: string }> = {
  register: { title: 'Create your account', button: 'Create account' },
  confirm: { title: 'Confirm your address', button: 'Confirm the address' },
  reset: { title: 'Choose a new password', button: 'Set the new password' },
  sign_in: { title: 'Sign in', button: 'Sign in' },
};

export default function MailedLink() {
  const { token, link, closed } = useLoaderData<typeof loader>();
  const { errors } = useActionData<typeof action>() ?? {};
  const busy = useSending();
  if (!link) return <Closed message={errors?.form ?? closed.message} over={closed.reason === 'link_over'} />;
  const { title, button } = WORDS[link.kind];
  return (
    <DoorFrame title={title} note={<Whose link={link} />} aside={<DoorAside />}>
      <Form method="post" className="grid gap-4">
        <FormError errors={errors} knownFields={['password', 'stop_api_keys']} />
        <EarlierAccess link={link} error={errors?.fields.stop_api_keys} />
        <input type="hidden" name="token" value={token} />
        {link.needs_password && (
          <>
            {/* Password managers store the password under this name. */}
            <input type="hidden" name="username" autoComplete="username" value={link.email} />
            <NewPasswordField
              label={link.kind === 'register' ? 'Password' : 'New password'}
              error={errors?.fields.password}
              autoFocus
            />
          </>
        )}
        <Checkbox name="stay_signed_in" label="Stay signed in for 30 days" />
        <Button variant="primary" size="large" block busy={busy}>
          {button}
        </Button>
        {link.keys_that_stop > 0 && (
          <LinkButton to="/" size="large" block>
            Cancel
          </LinkButton>
        )}
      </Form>
    </DoorFrame>
  );
}

function Whose({ link }: { link: LinkView }) {
  const address = <strong className="font-medium break-words text-ink">{link.email}</strong>;
  return link.kind === 'reset' ? <>For {address}. Every open session ends.</> : <>For {address}.</>;
}

/** The API keys that the first proof of the address stops. A person who doesn’t agree that API keys stop isn’t signed in. */
function EarlierAccess({ link, error }: { link: LinkView; error: string[] | undefined }) {
  const { drops_earlier: endsPassword, keys_that_stop: keys, names_of_keys_that_stop: names } = link;
  if (!endsPassword && keys === 0) return null;
  const unnamed = keys - names.length;
  return (
    <>
      <Banner tone="minor">
        This address was never confirmed, so somebody else may have created the account.
        {endsPassword && ' Its password and sessions end now.'}
        {keys > 0 && ` ${keys === 1 ? '1 API key stops' : `${keys} API keys stop`} working at once:`}
        {keys > 0 && (
          <ul className="mt-2 list-disc pl-5">
            {names.map((name, index) => (
              <li key={`${index} ${name}`} className="font-mono text-13 wrap-anywhere">
                <bdi>{name}</bdi>
              </li>
            ))}
            {unnamed > 0 && <li>and {unnamed} more</li>}
          </ul>
        )}
      </Banner>
      {keys > 0 && (
        <Checkbox
          name="stop_api_keys"
          required
          error={error}
          label={keys === 1 ? 'Stop this API key' : `Stop these ${keys} API keys`}
          hint={`Applications that use ${keys === 1 ? 'it' : 'them'} get 401 until they have a new key.`}
        />
      )}
    </>
  );
}

function Closed({ message, over }: { message: string; over: boolean }) {
  return (
    <DoorFrame
      title={over ? 'This link has expired or was already used' : 'This link doesn’t work now'}
      aside={<DoorAside />}
    >
      <p className="mb-5 text-mute">{message}</p>
      <p>
        <LinkButton to="/sign-in" size="large">
          Go to sign-in
        </LinkButton>
      </p>
    </DoorFrame>
  );
}

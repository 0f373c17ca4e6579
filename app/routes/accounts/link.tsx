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
    });
    return redirect(organisation ? `/o/${organisation}` : '/', 303);
  } catch (thrown) {
    const errors = formErrorsOfLink(thrown, context);
    return data({ errors }, errors.status);
  }
}

/** A link that is over is said on this page, and no page of its own as other missing things are. */
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
        <FormError errors={errors} knownFields={['password']} />
        <WhatGoes link={link} />
        <input type="hidden" name="token" value={token} />
        {link.needs_password && (
          <>
            {/* So that a password is kept beside the right name. */}
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
      </Form>
    </DoorFrame>
  );
}

function Whose({ link }: { link: LinkView }) {
  const address = <strong className="font-medium break-words text-ink">{link.email}</strong>;
  return link.kind === 'reset' ? <>For {address}. Every session that is open ends.</> : <>For {address}.</>;
}

/** What was set up before anybody showed that the address is theirs may be somebody else’s. */
function WhatGoes({ link }: { link: LinkView }) {
  const { drops_earlier: drops, keys_that_stop: keys } = link;
  if (!drops && keys === 0) return null;
  return (
    <Banner tone="minor">
      Nobody has shown before that this address is theirs. So the password set until now goes
      {keys > 0 && `, and ${keys === 1 ? 'an API key' : `${keys} API keys`} made with it stop working`}.
    </Banner>
  );
}

function Closed({ message, over }: { message: string; over: boolean }) {
  return (
    <DoorFrame title={over ? 'This link is over' : 'This link does not work now'} aside={<DoorAside />}>
      <p className="mb-5 text-mute">{message}</p>
      <p>
        <LinkButton to="/sign-in" size="large">
          Go to signing in
        </LinkButton>
      </p>
    </DoorFrame>
  );
}

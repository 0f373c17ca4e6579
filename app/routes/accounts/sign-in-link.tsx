import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { DoorAside } from '../../components/door-aside.tsx';
import { DoorFrame } from '../../components/door-frame.tsx';
import { LookInInbox } from '../../components/look-in-inbox.tsx';
import { MailLinkForm } from '../../components/mail-link-form.tsx';
import { LinkButton } from '../../components/ui/button.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { formErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { returnPathCookie } from '../../lib/return-path.ts';
import { safePath } from '../../lib/safe-path.ts';
import { useNavigation } from '../../lib/use-navigation.ts';

export const meta = () => pageTitle('Sign in with a link');

export async function loader({ context }: LoaderFunctionArgs) {
  if (context.user) throw redirect('/');
  const { magic_links: open } = await context.trpc.accounts.switches();
  return { open, devInbox: context.listDevMails() !== null };
}

/** The target of its own form and of the sign-in form, whose other fields it ignores. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { email, to } = textFields(await readForm(request, context), 'email', 'to');
  try {
    await context.trpc.accounts.requestSignInLink({ email });
    const headers = { 'Set-Cookie': returnPathCookie(to === '' ? undefined : safePath(to)) };
    return data({ email, errors: undefined, mailed: true }, { headers });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ email, errors, mailed: false }, errors.status);
  }
}

export default function SignInLink() {
  const { open, devInbox } = useLoaderData<typeof loader>();
  const { email, errors, mailed } = useActionData<typeof action>() ?? {};
  const busy = useNavigation().formAction?.startsWith('/sign-in-link') === true;
  if (!open) return <Closed />;
  if (mailed && email)
    return (
      <LookInInbox email={email} devInbox={devInbox}>
        If this address has an account, we sent it a link to sign in.
      </LookInInbox>
    );
  return (
    <MailLinkForm
      title="Sign in with a link"
      note="We send it by mail. It works once, for 15 minutes."
      email={email}
      errors={errors}
      busy={busy}
    >
      <TextLink to="/sign-in">Sign in with a password</TextLink>
    </MailLinkForm>
  );
}

function Closed() {
  return (
    <DoorFrame title="Sign-in links are switched off here" aside={<DoorAside />}>
      <p className="mb-5 text-mute">
        The operator of this instance can switch it on. Sign in with your password.
      </p>
      <p>
        <LinkButton to="/sign-in" size="large">
          Sign in with a password
        </LinkButton>
      </p>
    </DoorFrame>
  );
}

import { data, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { useActionData, useLoaderData } from '@remix-run/react';
import { DoorAside } from '../../components/door-aside.tsx';
import { DoorFrame } from '../../components/door-frame.tsx';
import { LookInInbox } from '../../components/look-in-inbox.tsx';
import { MailLinkForm } from '../../components/mail-link-form.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { formErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { useNavigation } from '../../lib/use-navigation.ts';

export const meta = () => pageTitle('Forgotten password');

export async function loader({ context }: LoaderFunctionArgs) {
  const { mail } = await context.trpc.accounts.switches();
  return { mail, devInbox: context.listDevMails() !== null };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const { email } = textFields(await readForm(request, context), 'email');
  try {
    await context.trpc.accounts.requestPasswordReset({ email });
    return data({ email, errors: undefined, mailed: true });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ email, errors, mailed: false }, errors.status);
  }
}

export default function ForgottenPassword() {
  const { mail, devInbox } = useLoaderData<typeof loader>();
  const { email, errors, mailed } = useActionData<typeof action>() ?? {};
  const busy = useNavigation().formAction?.startsWith('/forgotten-password') === true;
  if (!mail) return <AskTheOperator />;
  if (mailed && email)
    return (
      <LookInInbox email={email} devInbox={devInbox}>
        If this address has an account, we sent it a link to choose a new password.
      </LookInInbox>
    );
  return (
    <MailLinkForm
      title="Choose a new password"
      note="We send you a link by mail. It works once, for an hour."
      email={email}
      errors={errors}
      busy={busy}
    >
      <TextLink to="/sign-in">Back to sign-in</TextLink>
    </MailLinkForm>
  );
}

/** No mail is sent here: what works instead. */
function AskTheOperator() {
  return (
    <DoorFrame title="Choose a new password" aside={<DoorAside />}>
      <div className="grid gap-3 text-mute">
        <p>This instance can’t send e-mail. Its operator can create a link for you with this command:</p>
        <pre className="text-13 whitespace-pre-wrap text-ink">anvil-server user reset-link YOUR-ADDRESS</pre>
        <p>The link works once, for an hour.</p>
      </div>
      <p className="mt-6">
        <TextLink to="/sign-in">Back to sign-in</TextLink>
      </p>
    </DoorFrame>
  );
}

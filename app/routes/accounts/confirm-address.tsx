import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { DoorAside } from '../../components/door-aside.tsx';
import { DoorFrame } from '../../components/door-frame.tsx';
import { FormError } from '../../components/form-error.tsx';
import { LookInInbox } from '../../components/look-in-inbox.tsx';
import { Button } from '../../components/ui/button.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { formErrors } from '../../lib/errors.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { useNavigation } from '../../lib/use-navigation.ts';

export const meta = () => pageTitle('Confirm your address');

export async function loader({ context }: LoaderFunctionArgs) {
  const { user } = context;
  if (!user) throw redirect('/sign-in?to=/confirm-address');
  const { mail } = await context.trpc.accounts.switches();
  const { email, email_confirmed: isConfirmed } = user;
  return { mail, email, isConfirmed, devInbox: context.listDevMails() !== null };
}

export async function action({ context }: ActionFunctionArgs) {
  try {
    await context.trpc.accounts.requestConfirmation();
    return data({ errors: undefined, mailed: true });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, mailed: false }, errors.status);
  }
}

export default function ConfirmAddress() {
  const { mail, email, isConfirmed, devInbox } = useLoaderData<typeof loader>();
  const { errors, mailed } = useActionData<typeof action>() ?? {};
  const busy = useNavigation().formMethod === 'POST';
  if (mailed)
    return (
      <LookInInbox email={email} devInbox={devInbox}>
        We sent you a link to confirm your address. It works for 24 hours.
      </LookInInbox>
    );
  return (
    <DoorFrame title="Confirm your address" aside={<DoorAside />}>
      <p className="mb-5 text-mute">
        {isConfirmed && `${email} is confirmed.`}
        {!isConfirmed && !mail && 'This instance can’t send e-mail, so it can’t confirm addresses.'}
        {!isConfirmed &&
          mail &&
          `We send a link to ${email}. It shows what changes before you agree. Unless you set this instance up, you choose a new password, and API keys created so far stop.`}
      </p>
      {mail && !isConfirmed && (
        <Form method="post" className="grid gap-4">
          <FormError errors={errors} knownFields={[]} />
          <Button variant="primary" size="large" block busy={busy}>
            Send me a link
          </Button>
        </Form>
      )}
      <p className="mt-6">
        <TextLink to="/">Back to Anvil</TextLink>
      </p>
    </DoorFrame>
  );
}

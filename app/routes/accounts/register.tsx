import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { DoorAside } from '../../components/door-aside.tsx';
import { DoorFrame } from '../../components/door-frame.tsx';
import { EmailField } from '../../components/email-field.tsx';
import { FormError } from '../../components/form-error.tsx';
import { LookInInbox } from '../../components/look-in-inbox.tsx';
import { NewPasswordField } from '../../components/new-password-field.tsx';
import { Button, LinkButton } from '../../components/ui/button.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { formErrors } from '../../lib/errors.ts';
import { orUndefined, readForm, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { useNavigation } from '../../lib/use-navigation.ts';

export const meta = () => pageTitle('Create an account');

const FIELDS = ['name', 'email', 'password', 'set_up_code'];

export async function loader({ context }: LoaderFunctionArgs) {
  if (context.user) throw redirect('/');
  const registration = await context.trpc.accounts.registration();
  return { ...registration, devInbox: context.listDevMails() !== null };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request, context);
  const { password, ...typed } = textFields(form, 'name', 'email', 'password', 'set_up_code');
  try {
    const { organisation, mailed } = await context.trpc.accounts.register({
      ...typed,
      password: form.has('password') ? password : undefined,
      set_up_code: orUndefined(typed.set_up_code),
    });
    if (mailed) return data({ errors: undefined, values: typed, mailed });
    return redirect(organisation ? `/o/${organisation}` : '/', 303);
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values: typed, mailed: false }, errors.status);
  }
}

export default function Register() {
  const { open, needs_set_up_code: needsCode, by_mail: byMail, devInbox } = useLoaderData<typeof loader>();
  const { errors, values, mailed } = useActionData<typeof action>() ?? {};
  const busy = useNavigation().formAction?.startsWith('/register') === true;
  if (!open) return <Closed />;
  if (mailed && values)
    return (
      <LookInInbox email={values.email} devInbox={devInbox}>
        We sent you a link to choose your password.
      </LookInInbox>
    );
  const firstWrong = FIELDS.find((field) => errors?.fields[field]) ?? 'name';
  const field = (name: 'name' | 'email' | 'set_up_code') => ({
    name,
    defaultValue: values?.[name],
    error: errors?.fields[name],
    autoFocus: firstWrong === name,
  });
  return (
    <DoorFrame title="Create an account" aside={<DoorAside />}>
      <Form method="post" className="grid gap-4">
        <FormError errors={errors} knownFields={FIELDS} />
        <TextField
          {...field('name')}
          label="Name"
          autoComplete="name"
          required
          maxLength={120}
          hint="Your organisation starts with this name, too."
        />
        <EmailField {...field('email')} />
        {!byMail && (
          <NewPasswordField error={errors?.fields.password} autoFocus={firstWrong === 'password'} />
        )}
        {needsCode && (
          <TextField
            {...field('set_up_code')}
            label="Set-up code"
            mono
            required
            autoComplete="off"
            hint="Anvil printed it when it started. The first account is the operator’s."
          />
        )}
        <Button variant="primary" size="large" block busy={busy}>
          {byMail ? 'Send me a link' : 'Create account'}
        </Button>
      </Form>
      <p className="mt-6 text-mute">
        Have an account? <TextLink to="/sign-in">Sign in</TextLink>
      </p>
    </DoorFrame>
  );
}

function Closed() {
  return (
    <DoorFrame title="Registration is switched off here" aside={<DoorAside />}>
      <p className="mb-5 text-mute">
        The operator of this instance can switch it on. If you have an account, sign in.
      </p>
      <p>
        <LinkButton to="/sign-in" size="large">
          Sign in
        </LinkButton>
      </p>
    </DoorFrame>
  );
}

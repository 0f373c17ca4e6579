import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData } from '@remix-run/react';
import { Mail } from 'lucide-react';
import { DoorAside } from '../../components/door-aside.tsx';
import { DoorFrame } from '../../components/door-frame.tsx';
import { EmailField } from '../../components/email-field.tsx';
import { FormError } from '../../components/form-error.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Checkbox } from '../../components/ui/checkbox.tsx';
import { TextField } from '../../components/ui/field.tsx';
import { TextLink } from '../../components/ui/link.tsx';
import { formErrors } from '../../lib/errors.ts';
import { readForm, textFields } from '../../lib/form-fields.ts';
import { pageTitle } from '../../lib/page-title.ts';
import { safePath } from '../../lib/safe-path.ts';
import { useNavigation } from '../../lib/use-navigation.ts';

export const meta = () => pageTitle('Sign in');

export async function loader({ request, context }: LoaderFunctionArgs) {
  const to = safePath(new URL(request.url).searchParams.get('to'));
  if (context.user) throw redirect(to);
  const { accounts } = context.trpc;
  const [registration, options] = await Promise.all([accounts.registration(), accounts.switches()]);
  return { to, registration, options };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request, context);
  const { email, password, to } = textFields(form, 'email', 'password', 'to');
  const stay = form.has('stay_signed_in');
  try {
    await context.trpc.accounts.signIn({ email, password, stay_signed_in: stay });
  } catch (thrown) {
    const errors = formErrors(thrown, context);
    return data({ errors, values: { email, stay } }, errors.status);
  }
  return redirect(safePath(to), 303);
}

export default function SignIn() {
  const { to, registration, options } = useLoaderData<typeof loader>();
  const { errors, values } = useActionData<typeof action>() ?? {};
  const busy = /^\/sign-in(\?|$)/.test(useNavigation().formAction ?? '');
  return (
    <DoorFrame
      title="Sign in"
      note={to === '/' ? undefined : 'Sign in to continue to the page that you opened.'}
      aside={<DoorAside />}
    >
      <Form method="post" className="grid gap-4">
        <FormError errors={errors} knownFields={['email', 'password']} />
        <input type="hidden" name="to" value={to} />
        <EmailField autoFocus={!errors} defaultValue={values?.email} error={errors?.fields.email} />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          aside={
            <TextLink to="/forgotten-password" tone="mute">
              Forgot your password?
            </TextLink>
          }
          autoFocus={Boolean(errors)}
          error={errors?.fields.password}
        />
        <Checkbox name="stay_signed_in" label="Stay signed in for 30 days" defaultChecked={values?.stay} />
        <Button variant="primary" size="large" block busy={busy}>
          Sign in
        </Button>
        {options.magic_links && (
          <>
            <p className="flex items-center gap-3 text-12 text-mute before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
              or
            </p>
            {/* Sends the address of the field above. */}
            <Button size="large" block icon={Mail} formAction="/sign-in-link" formNoValidate>
              Send me a link
            </Button>
          </>
        )}
      </Form>
      {registration.open && (
        <p className="mt-6 text-mute">
          New here? <TextLink to="/register">Create an account</TextLink>
        </p>
      )}
    </DoorFrame>
  );
}

import { redirect, type LoaderFunctionArgs } from '@remix-run/node';
import { DoorFrame } from '../components/door-frame.tsx';
import { DoorAside } from '../components/door-aside.tsx';
import { SignOutForm } from '../components/sign-out-form.tsx';
import { Button } from '../components/ui/button.tsx';
import { pageTitle } from '../lib/page-title.ts';
import { useLoaderData } from '@remix-run/react';

export const meta = () => pageTitle('Welcome');

/** The way in: to one's organisation, or to the door. Stays only for somebody who is a member of nothing. */
export async function loader({ context }: LoaderFunctionArgs) {
  const { user, trpc } = context;
  const [first] = user?.organisations ?? [];
  if (first) throw redirect(`/o/${first.slug}`);
  if (user) return { email: user.email };
  const registration = await trpc.accounts.registration();
  throw redirect(registration.first ? '/register' : '/sign-in');
}

export default function Start() {
  const { email } = useLoaderData<typeof loader>();
  return (
    <DoorFrame title="You are in no organisation" aside={<DoorAside />}>
      <p className="mb-5 text-mute">
        {email} belongs to no organisation here. Ask somebody who runs one to invite this address, or sign in
        with another.
      </p>
      <SignOutForm action="/sign-out">
        <Button size="large">Sign out</Button>
      </SignOutForm>
    </DoorFrame>
  );
}

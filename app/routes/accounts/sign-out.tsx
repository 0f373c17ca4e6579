import { redirect, type ActionFunctionArgs } from '@remix-run/node';

/** Ends the session. Only a form can do it, so that no picture on another page signs people out. */
export async function action({ context }: ActionFunctionArgs) {
  await context.trpc.accounts.signOut();
  return redirect('/sign-in', 303);
}

/** Somebody opened the form's address by hand. */
export function loader() {
  return redirect('/');
}

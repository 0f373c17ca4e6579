import { redirect, type ActionFunctionArgs } from '@remix-run/node';
import { readForm } from '../lib/form-fields.ts';
import { safePath } from '../lib/safe-path.ts';
import { isTheme, themeCookie } from '../lib/theme.ts';

/** Keeps the choice of a theme in a cookie and goes back to the page it was made on. */
export async function action({ request, context }: ActionFunctionArgs) {
  const form = await readForm(request, context);
  const theme = form.get('theme');
  return redirect(safePath(form.get('back')), {
    status: 303,
    headers: { 'Set-Cookie': themeCookie(isTheme(theme) ? theme : 'system') },
  });
}

/** Somebody opened the form's address by hand. */
export function loader() {
  return redirect('/');
}

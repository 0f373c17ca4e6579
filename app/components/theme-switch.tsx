import { Form, useLocation, useRouteLoaderData } from '@remix-run/react';
import { Check, Monitor, Moon, Sun } from 'lucide-react';
import { isTheme, type Theme } from '../lib/theme.ts';
import { useNavigation } from '../lib/use-navigation.ts';

const CHOICES = [
  { theme: 'system', label: 'System', icon: Monitor },
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
] as const;

/** The choice that is kept, as the root loader knows it. */
function useTheme(): Theme {
  const root = useRouteLoaderData<{ theme?: unknown }>('root');
  return isTheme(root?.theme) ? root.theme : 'system';
}

/** Three buttons of one form that posts to /theme and comes back; for a Menu. */
export function ThemeSwitch() {
  const { pathname, search } = useLocation();
  const navigation = useNavigation();
  const kept = useTheme();
  const wanted = navigation.formAction === '/theme' ? navigation.formData?.get('theme') : kept;
  return (
    <Form method="post" action="/theme" preventScrollReset className="menu-items border-t border-line py-1.5">
      <input type="hidden" name="back" value={pathname + search} />
      {CHOICES.map(({ theme, label, icon: Icon }) => (
        <button key={theme} name="theme" value={theme} aria-pressed={wanted === theme}>
          <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
          {label}
          {wanted === theme && <Check size={16} strokeWidth={1.75} aria-hidden="true" className="ml-auto" />}
        </button>
      ))}
    </Form>
  );
}

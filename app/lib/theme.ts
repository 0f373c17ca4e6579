/** The choice of a theme: the system's, unless a cookie says otherwise. The cookie is made and read by pages alone. */

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const COOKIE_NAME = 'anvil_theme';
const YEAR_SECONDS = 31_536_000;

export function isTheme(value: unknown): value is Theme {
  return THEMES.some((theme) => theme === value);
}

/** Reads the theme from a `Cookie` header; anything unknown is the system's. */
export function themeFromCookie(header: string | null): Theme {
  const pair = (header ?? '').split(/;\s*/).find((part) => part.startsWith(`${COOKIE_NAME}=`));
  const value = pair?.slice(COOKIE_NAME.length + 1);
  return isTheme(value) ? value : 'system';
}

/** The `Set-Cookie` header that keeps the choice for a year; choosing the system's theme takes the cookie away. */
export function themeCookie(theme: Theme): string {
  const age = theme === 'system' ? 0 : YEAR_SECONDS;
  return `${COOKIE_NAME}=${theme === 'system' ? '' : theme}; Path=/; Max-Age=${age}; SameSite=Lax; HttpOnly`;
}

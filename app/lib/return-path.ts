import { safePath } from './safe-path.ts';

const NAME = 'anvil_return_path';
/** As long as a mailed link is valid. */
const MAX_AGE_SECONDS = 15 * 60;

/**
 * A cookie with the page that a person wanted before signing in by a mailed link. The text that was typed there is kept
 * in the same browser. Without a path, the cookie is removed.
 */
export function returnPathCookie(path: string | undefined): string {
  const age = path === undefined ? 0 : MAX_AGE_SECONDS;
  return `${NAME}=${encodeURIComponent(path ?? '')}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax`;
}

/** Returns the page of the cookie, or `otherwise` when there is none. */
export function returnPath(cookies: string | null, otherwise: string): string {
  const value = new RegExp(`(?:^|; *)${NAME}=([^;]*)`).exec(cookies ?? '')?.[1];
  try {
    return safePath(value && decodeURIComponent(value), otherwise);
  } catch {
    // Not what this server encoded.
    return otherwise;
  }
}

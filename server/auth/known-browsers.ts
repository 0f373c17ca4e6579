import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readCookie } from './cookie-header.ts';
import type { SecretKeys } from './secret-keys.ts';

// A device cookie: https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies. A browser gets
// one for each account that was signed in with it. Its failed sign-ins are counted separately, so guesses from elsewhere
// can't lock the person out. It lets nobody in.

/** A year, so that a browser that signs in once a month keeps it. */
const MAX_AGE_SECONDS = 365 * 24 * 60 * 60;
const ID_FORM = /^[A-Za-z0-9_-]{22}$/;

export interface KnownBrowsers {
  /**
   * @param cookies the `Cookie` header
   * @param email in lower case
   * @returns the id of the browser if it was signed in to the account before
   */
  find(cookies: string | undefined, email: string): string | undefined;
  /** The Set-Cookie header that marks a browser as known to the account. It keeps the id that it has. */
  mark(cookies: string | undefined, email: string): string;
}

/** @param https as for the session's cookie */
export function createKnownBrowsers(
  keys: Pick<SecretKeys, 'knownBrowserMacsOf'>,
  { https }: { https: boolean },
): KnownBrowsers {
  const prefix = https ? '__Host-anvil_browser_' : 'anvil_browser_';
  const namesOf = (email: string) =>
    keys.knownBrowserMacsOf(`name ${email}`).map((mac) => prefix + mac.slice(0, 16));

  const find: KnownBrowsers['find'] = (cookies, email) => {
    for (const name of namesOf(email)) {
      const [id = '', mac = ''] = (readCookie(cookies, name) ?? '').split('.');
      if (ID_FORM.test(id) && keys.knownBrowserMacsOf(`${id} ${email}`).some((own) => isSame(own, mac)))
        return id;
    }
    return undefined;
  };
  return {
    find,
    mark: (cookies, email) => {
      const id = find(cookies, email) ?? randomBytes(16).toString('base64url');
      const [name = ''] = namesOf(email);
      const [mac] = keys.knownBrowserMacsOf(`${id} ${email}`);
      const attributes = `Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`;
      return `${name}=${id}.${mac}; ${attributes}`;
    },
  };
}

function isSame(own: string, given: string): boolean {
  const [one, other] = [Buffer.from(own), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

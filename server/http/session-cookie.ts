import type { FastifyReply } from 'fastify';
import type { KnownBrowsers } from '../auth/known-browsers.ts';
import type { SessionCookie } from '../auth/sessions.ts';
import type { SessionCookies } from '../trpc/context.ts';

/** The cookies of people who sign in. */
export interface SignInCookies {
  session: SessionCookie;
  knownBrowsers: KnownBrowsers;
}

/** Starts and ends the session in the response. A browser that starts one is known to the account afterwards. */
export function sessionCookiesOf(reply: FastifyReply, cookies: SignInCookies): SessionCookies {
  const { session: cookie, knownBrowsers } = cookies;
  return {
    start: (session) => {
      const marked = knownBrowsers.mark(reply.request.headers.cookie, session.email);
      reply.header('set-cookie', [cookie.set(session), marked]);
    },
    end: () => void reply.header('set-cookie', cookie.clear()),
  };
}

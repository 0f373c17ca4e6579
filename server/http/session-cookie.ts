import type { FastifyReply } from 'fastify';
import type { SessionCookie } from '../auth/sessions.ts';
import type { SessionCookies } from '../trpc/context.ts';

/**
 * @param header of `Cookie`
 * @returns the value of the cookie of that name, or `undefined`
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const pair = header?.split(/; */).find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1) || undefined;
}

/** Starts and ends the session in the answer that is being made. */
export function sessionCookiesOf(reply: FastifyReply, cookie: SessionCookie): SessionCookies {
  return {
    start: (session) => void reply.header('set-cookie', cookie.set(session)),
    end: () => void reply.header('set-cookie', cookie.clear()),
  };
}

import type { ReceivedMessage } from '#server/mail/inbox.ts';
import type { MeView } from '#server/schemas/accounts.ts';
import type { AppCaller } from '#server/trpc/router.ts';

/**
 * What the server hands to every loader and action (server/http/pages.ts). Pages know the server by this interface
 * and by types alone.
 */
export interface PageContext {
  /** Every procedure as a function, called as the person who asked; rejects with the server's AppError. */
  trpc: AppCaller;
  /** The nonce of this answer's Content-Security-Policy; every inline script carries it. */
  cspNonce: string;
  /** Shown on error pages, so that somebody can find the request in the log. */
  requestId: string;
  /** Scheme and host under which this instance is reached, without a slash at the end: `https://anvil.acme.example`. */
  baseUrl: string;
  /** `null` when nobody is signed in. */
  user: MeView | null;
  /** Writes an unexpected error to the server's log, with the request id. Not for 404s and disconnects. */
  logError: (error: unknown) => void;
  /** True in development only: /dev/ui answers, otherwise it is not found. */
  devPages: boolean;
  /** Mails that were not sent but kept in memory, the newest first; `null`: mails are sent, or there is no way to. */
  listDevMails: () => readonly ReceivedMessage[] | null;
}

declare module '@remix-run/node' {
  // Remix finds the type of `context` by merging into its interface.
  interface AppLoadContext extends PageContext {}
}

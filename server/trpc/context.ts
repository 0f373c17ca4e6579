import type { LimitStanding } from '../limits.ts';
import type { StartedSession } from '../schemas/accounts.ts';
import type { Context } from '../services/context.ts';

/** What a procedure gets: the services' context, and the cookie of the answer, which only a door can set. */
export interface TrpcContext extends Context {
  cookies: SessionCookies;
  /** Puts what is left of a program's limit into the answer. Pages, which nobody limits, have none. */
  tellLimit?: (standing: LimitStanding) => void;
}

/** Puts the session's cookie into the answer that is being made, or takes it away. The token goes nowhere else. */
export interface SessionCookies {
  start(session: StartedSession): void;
  end(): void;
}

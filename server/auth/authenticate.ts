import { ANONYMOUS, type Actor, type ApiKeyActor } from './actor.ts';
import { readSession, type SessionDeps } from './sessions.ts';

export interface AuthenticateDeps extends SessionDeps {
  /**
   * Whose key this is, and that it was used. The one place that every door asks, so that a key is valid, or revoked, at
   * all of them alike; it remembers keys.
   *
   * @throws AppError UNAUTHORIZED `api_key.invalid` · FORBIDDEN `api_keys_disabled` · SERVICE_UNAVAILABLE when nobody
   *   can tell, never "invalid"
   */
  findApiKey: (token: string) => Promise<ApiKeyActor>;
}

/** What a request brings along. */
export interface Credentials {
  /** The token of `Authorization: Bearer …`. */
  apiKeyToken?: string | undefined;
  /** Of the session's cookie. */
  sessionToken?: string | undefined;
}

/**
 * Finds the actor of a request. An API key counts even beside a session, so that the sender of a wrong key is told and
 * doesn't act as another caller. An expired session is anonymous.
 *
 * @throws AppError UNAUTHORIZED `api_key.invalid` with what is wrong, and what `findApiKey` throws
 */
export async function authenticate(credentials: Credentials, deps: AuthenticateDeps): Promise<Actor> {
  const { apiKeyToken, sessionToken } = credentials;
  if (apiKeyToken !== undefined) return deps.findApiKey(apiKeyToken);
  if (sessionToken) return (await readSession(deps, sessionToken)) ?? ANONYMOUS;
  return ANONYMOUS;
}

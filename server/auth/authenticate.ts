import { AppError } from '../errors.ts';
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
  /** The Authorization header. */
  authorization?: string | undefined;
  /** Of the session's cookie. */
  sessionToken?: string | undefined;
}

/**
 * Who asks. A key that is sent counts, even beside a session: whoever sends a wrong one is told and does not become
 * somebody else. A session that is over is nobody.
 *
 * @throws AppError UNAUTHORIZED `api_key.invalid` with what is wrong, and what `findApiKey` throws
 */
export async function authenticate(credentials: Credentials, deps: AuthenticateDeps): Promise<Actor> {
  const { authorization, sessionToken } = credentials;
  const bearer = authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return deps.findApiKey(bearer);
  // Beside a session another scheme is a proxy's in front of Anvil ("Basic") and not for us.
  if (sessionToken) return (await readSession(deps, sessionToken)) ?? ANONYMOUS;
  if (authorization !== undefined) {
    throw new AppError('UNAUTHORIZED', 'Send the API key as "Authorization: Bearer ank_…".', {
      reason: 'api_key.invalid',
    });
  }
  return ANONYMOUS;
}

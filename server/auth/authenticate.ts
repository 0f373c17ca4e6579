import { AppError } from '../errors.ts';
import { ANONYMOUS, type Actor, type ApiKeyActor } from './actor.ts';
import { hashApiKeyToken, looksLikeApiKey } from './api-key-token.ts';
import { noteKeyUse } from './key-use.ts';
import { findApiKey } from './owner-queries.ts';
import { readSession, type SessionDeps } from './sessions.ts';

export interface AuthenticateDeps extends SessionDeps {
  settings: { apiKeysEnabled: boolean };
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
 * @throws AppError UNAUTHORIZED `api_key.invalid` with what is wrong · FORBIDDEN `api_keys_disabled`
 */
export async function authenticate(credentials: Credentials, deps: AuthenticateDeps): Promise<Actor> {
  const { authorization, sessionToken } = credentials;
  const bearer = authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return authenticateApiKey(bearer, deps);
  // Beside a session another scheme is a proxy's in front of Anvil ("Basic") and not for us.
  if (sessionToken) return (await readSession(deps, sessionToken)) ?? ANONYMOUS;
  if (authorization !== undefined) throw wrongKey('Send the API key as "Authorization: Bearer ank_…".');
  return ANONYMOUS;
}

async function authenticateApiKey(token: string, deps: AuthenticateDeps): Promise<ApiKeyActor> {
  if (!looksLikeApiKey(token)) {
    throw wrongKey('This is no API key, or a part of it is missing or mistyped: its checksum does not fit.');
  }
  if (!deps.settings.apiKeysEnabled) {
    throw new AppError('FORBIDDEN', 'API keys are switched off on this instance.', {
      reason: 'api_keys_disabled',
    });
  }
  const now = deps.now();
  const key = await findApiKey(deps.database, hashApiKeyToken(token));
  if (!key) throw wrongKey('There is no such API key. It may be one of another instance.');
  if (key.revokedAt) throw wrongKey(`This API key was revoked on ${day(key.revokedAt)}.`);
  if (key.expiresAt && key.expiresAt <= now) throw wrongKey(`This API key expired on ${day(key.expiresAt)}.`);
  const { id: apiKeyId, name, organisationId, organisationSlug, scopes, projectIds } = key;
  noteKeyUse(deps.database, { organisationId, apiKeyId }, key.lastUsedAt, now);
  return { kind: 'apiKey', apiKeyId, name, organisationId, organisationSlug, scopes, projectIds };
}

function wrongKey(message: string): AppError {
  return new AppError('UNAUTHORIZED', message, { reason: 'api_key.invalid' });
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}

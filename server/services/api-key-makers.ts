import { ApiKey } from '#db/models/index.ts';
import { currentTransaction } from '#db/tenancy.ts';
import type { ApiKeyActor } from '../auth/actor.ts';
import { AccessDenied } from '../auth/authorize.ts';
import { AppError, notFound, unauthenticated } from '../errors.ts';
import type { Context } from './context.ts';

// The rights that the creator of an API key may give it. All functions run inside inOrganisation().

/**
 * Locks the session or the API key of the actor until the end of the transaction. A key that is created at the moment
 * when its maker is stopped would otherwise go on working.
 *
 * @throws AppError UNAUTHORIZED when the maker was stopped after the request was authenticated
 */
export async function assertMakerIsActive({ actor }: Context): Promise<void> {
  if (actor.kind === 'user') {
    const { rows } = await currentTransaction().raw<{ rows: { active: boolean }[] }>(
      'select lock_session(?) as active',
      [actor.sessionId],
    );
    if (!rows[0]?.active) throw unauthenticated();
  }
  if (actor.kind === 'apiKey') {
    const maker = await ApiKey.query().findOne('id', actor.apiKeyId).forShare();
    if (!maker || maker.revokedAt) {
      throw new AppError('UNAUTHORIZED', 'This API key was revoked. Use another one.', {
        reason: 'api_key.invalid',
      });
    }
  }
}

/**
 * A key never creates a key that may do or last more than itself.
 *
 * @throws AccessDenied `api_key.beyond_maker`
 */
export async function refuseBeyondMaker(
  context: Context,
  key: { scopes: readonly string[]; expiresAt: Date | null },
): Promise<void> {
  const { actor } = context;
  if (actor.kind !== 'apiKey') return;
  refuseScopesBeyond(context, key.scopes);
  const maker = await ApiKey.query().findOne('id', actor.apiKeyId);
  if (!maker) throw notFound('API key');
  if (maker.expiresAt && (!key.expiresAt || key.expiresAt > maker.expiresAt)) {
    const until = maker.expiresAt.toISOString().slice(0, 10);
    throw beyondMaker(
      actor,
      `This API key expires on ${until} and can’t make one that lasts longer: give expires_in_days.`,
    );
  }
}

export function refuseScopesBeyond({ actor }: Context, scopes: readonly string[]): void {
  if (actor.kind !== 'apiKey') return;
  const own: readonly string[] = actor.scopes;
  const beyond = scopes.filter((scope) => !own.includes(scope));
  if (beyond.length === 0) return;
  throw beyondMaker(
    actor,
    `This API key lacks ${beyond.join(', ')} and can’t make or revoke keys that have it.`,
  );
}

function beyondMaker(actor: ApiKeyActor, message: string): AccessDenied {
  const { organisationId } = actor;
  const denied = { actor, organisationId, permission: 'apiKeys.write' } as const;
  return new AccessDenied(denied, message, 'api_key.beyond_maker');
}

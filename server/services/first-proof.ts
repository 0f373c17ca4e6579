import { uuidv7 } from 'uuidv7';
import { ApiKey, AuditEntry } from '#db/models/index.ts';
import { updateUser, type UserRow } from '../auth/owner-queries.ts';
import { endSessionsOfUser } from '../auth/sessions.ts';
import type { Context } from './context.ts';
import { announce } from './events.ts';

// The first time that somebody shows an address is theirs. Until then anybody may have registered it, to get in later
// or to stay in by a key: so what was set up goes. https://owasp.org/www-community/attacks/ calls it pre-hijacking.

/** The keys that a user made and that work, in all organisations. Inside acrossOrganisations(). */
function keysOf(userId: string) {
  return ApiKey.query().where({ authorKind: 'user', authorId: userId }).whereNull('revokedAt');
}

export async function countEarlierKeys(userId: string): Promise<number> {
  return keysOf(userId).resultSize();
}

/** Ends what was set up before the proof: password, sessions, API keys. Inside acrossOrganisations(). */
export async function dropEarlier(context: Context, user: UserRow): Promise<void> {
  await updateUser(user.id, { passwordHash: null });
  await endSessionsOfUser(context, user.id);
  const revokedAt = context.now();
  for (const { organisationId, id, name, tokenSha256 } of await keysOf(user.id).forUpdate()) {
    await ApiKey.query().where({ organisationId, id }).patch({ revokedAt });
    await AuditEntry.query().insert({
      ...{ organisationId, id: uuidv7(), actorKind: 'user', actorId: user.id, action: 'apiKey.revoke' },
      ...{ subjectKind: 'apiKey', subjectId: id, detail: { name, reason: 'address first confirmed' } },
      requestId: context.requestId,
    });
    await announce(context, { kind: 'apiKey', organisationId, apiKeyId: id, tokenSha256 });
  }
}

/** Puts what a person did to their account into the audit log of each organisation they are a member of. */
export async function recordForUser(context: Context, user: UserRow, action: string): Promise<void> {
  for (const { organisationId } of user.memberships) {
    await AuditEntry.query().insert({
      ...{ organisationId, id: uuidv7(), actorKind: 'user', actorId: user.id, action },
      ...{ subjectKind: 'user', subjectId: user.id, detail: {}, requestId: context.requestId },
    });
  }
}

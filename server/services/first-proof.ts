import { uuidv7 } from 'uuidv7';
import { ApiKey, AuditEntry } from '#db/models/index.ts';
import type { LinkRow } from '../auth/links.ts';
import { updateUser, type UserRow } from '../auth/owner-queries.ts';
import { endSessionsOfUser } from '../auth/sessions.ts';
import { invalid } from '../errors.ts';
import { listDescent, lockDescent } from './api-key-descent.ts';
import type { Context } from './context.ts';
import { announce } from './events.ts';

// The first proof of an address (product.md 6). Before it, anybody may have registered the address to get access later,
// or to keep access by an API key. So everything that was set up before it ends.
// https://owasp.org/www-community/attacks/ calls the attack account pre-hijacking.

/** How many names of keys a page lists. */
const NAMES_MAX = 20;

/**
 * Returns whether using the link is the first proof of the user's address. The account that was created with the setup
 * code or on the machine is exempt, because nobody else can have created it.
 */
export function isFirstProof(link: LinkRow, user: UserRow): boolean {
  return link.provesAddress && !user.confirmedAt && !user.isSetupAccount;
}

/** The API keys that the first proof would stop. Inside acrossOrganisations(). */
export async function listKeysThatStop(userId: string): Promise<{ count: number; names: string[] }> {
  const keys = await listDescent({ userId });
  return { count: keys.length, names: keys.slice(0, NAMES_MAX).map(({ name }) => name) };
}

/**
 * Ends everything that was set up before the proof: the password, the sessions, and every API key of the user's descent.
 * Inside acrossOrganisations().
 *
 * @param acceptsKeyLoss whether the person has agreed that API keys stop
 * @throws AppError UNPROCESSABLE_CONTENT `api_keys_would_stop` at field `stop_api_keys`, without that agreement
 */
export async function endEarlierAccess(
  context: Context,
  user: UserRow,
  acceptsKeyLoss: boolean,
): Promise<void> {
  await updateUser(user.id, { passwordHash: null });
  // Waits for requests of these sessions that are creating keys (lock_session).
  await endSessionsOfUser(context, user.id);
  // A key that is creating another one holds a lock, and its new key is only visible afterwards.
  for (;;) {
    const keys = await lockDescent({ userId: user.id });
    if (keys.length === 0) return;
    if (!acceptsKeyLoss) throw keysWouldStop(keys.length);
    for (const key of keys) await stopKey(context, user, key);
  }
}

async function stopKey(context: Context, user: UserRow, key: ApiKey): Promise<void> {
  const { organisationId, id, name, tokenSha256 } = key;
  await ApiKey.query().where({ organisationId, id }).patch({ revokedAt: context.now() });
  await AuditEntry.query().insert({
    ...{ organisationId, id: uuidv7(), actorKind: 'user', actorId: user.id, action: 'apiKey.revoke' },
    ...{ subjectKind: 'apiKey', subjectId: id, detail: { name, reason: 'address first confirmed' } },
    requestId: context.requestId,
  });
  await announce(context, { kind: 'apiKey', organisationId, apiKeyId: id, tokenSha256 });
}

function keysWouldStop(count: number) {
  const what = count === 1 ? '1 API key stops' : `${count} API keys stop`;
  return invalid(
    'stop_api_keys',
    `${what} working when this address is confirmed. Agree to that, or leave the link unused.`,
    'api_keys_would_stop',
  );
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

import { uuidv7 } from 'uuidv7';
import { AuditEntry, type AuthorKind } from '#db/models/index.ts';
import { currentOrganisationId } from '#db/tenancy.ts';
import { AccessDenied } from '../auth/authorize.ts';
import type { Context } from './context.ts';
import type { RepeatedEntry } from './repeated-entries.ts';

/** Who writes, as it is stored beside what was written. @throws Error for an anonymous actor (authorize comes first). */
export function authorOf({ actor }: Pick<Context, 'actor'>): { authorKind: AuthorKind; authorId: string } {
  if (actor.kind === 'user') return { authorKind: 'user', authorId: actor.userId };
  if (actor.kind === 'apiKey') return { authorKind: 'api_key', authorId: actor.apiKeyId };
  throw new Error('Nobody is signed in: authorize() has to come first');
}

/**
 * Adds the audit entry of the work whose transaction is running: it is there exactly when the work is.
 *
 * @param action noun and verb: `version.publish`
 * @param detail what is worth knowing later; no secrets, no templates
 */
export async function record(
  context: Context,
  entry: { action: string; subjectKind: string; subjectId: string; detail?: object },
): Promise<void> {
  const { authorKind, authorId } = authorOf(context);
  await AuditEntry.query().insert({
    organisationId: currentOrganisationId(),
    id: uuidv7(),
    actorKind: authorKind,
    actorId: authorId,
    action: entry.action,
    subjectKind: entry.subjectKind,
    subjectId: entry.subjectId,
    detail: entry.detail ?? {},
    requestId: context.requestId,
  });
}

/** Puts a denial into the audit log of the organisation; any other error is none. For whoever answers with it. */
export function noteDenial(context: Pick<Context, 'auditNotes' | 'now' | 'requestId'>, error: unknown): void {
  if (!(error instanceof AccessDenied)) return;
  const { actor, organisationId, permission } = error.denied;
  const { authorKind: actorKind, authorId: actorId } = authorOf({ actor });
  context.auditNotes.note({
    ...{ organisationIds: [organisationId], actorKind, actorId, action: 'access.denied' },
    ...{ detail: { permission }, requestId: context.requestId, at: context.now() },
  });
}

/**
 * What signing in and out leaves in the audit log of each organisation that the person is a member of; somebody who is
 * a member of nothing leaves nothing. Of a failed attempt nobody knows who made it: it stands under the account that
 * was tried.
 */
export function accountEntry(
  context: Pick<Context, 'now' | 'requestId'>,
  action: 'account.signIn' | 'account.signInFailed' | 'account.signOut',
  person: { id: string; memberships: readonly { organisationId: string }[] },
): RepeatedEntry {
  const organisationIds = person.memberships.map(({ organisationId }) => organisationId);
  const { requestId } = context;
  return {
    ...{ organisationIds, actorKind: 'user', actorId: person.id, action },
    ...{ detail: {}, requestId, at: context.now() },
  };
}

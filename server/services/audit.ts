import { uuidv7 } from 'uuidv7';
import { AuditEntry, type AuthorKind } from '#db/models/index.ts';
import { currentOrganisationId } from '#db/tenancy.ts';
import type { Context } from './context.ts';

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

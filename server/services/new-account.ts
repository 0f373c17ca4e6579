import { uuidv7 } from 'uuidv7';
import { AuditEntry } from '#db/models/index.ts';
import { insertAccount, insertOperator, insertOrganisation } from '../auth/new-account.ts';
import { updateUser } from '../auth/owner-queries.ts';
import { startSession } from '../auth/sessions.ts';
import { AppError } from '../errors.ts';
import type { StartedSession } from '../schemas/accounts.ts';
import type { Context } from './context.ts';

/**
 * Makes an account with an organisation of its own, and signs it in. Inside acrossOrganisations(), which undoes all of
 * it when it throws.
 *
 * @param input `first`: nobody has an account yet, so this one becomes the operator; the address in lower case
 * @returns undefined when the address is taken
 * @throws AppError FORBIDDEN `registrations_disabled`, unless it is the operator's
 */
export async function makeAccount(
  context: Context,
  input: {
    email: string;
    name: string;
    passwordHash: string;
    isPasswordNormalised: true;
    confirmedAt?: Date;
    first: boolean;
    staySignedIn: boolean;
  },
): Promise<(StartedSession & { userId: string }) | undefined> {
  const { email, name, passwordHash, isPasswordNormalised, confirmedAt, first, staySignedIn } = input;
  const [userId, organisationId, createdAt] = [uuidv7(), uuidv7(), context.now()];
  const password = { passwordHash, isPasswordNormalised };
  if (!(await insertAccount({ id: userId, email, name, ...password, createdAt, confirmedAt })))
    return undefined;
  // Of several who are the first at the same moment one becomes operator; the others are ordinary accounts.
  const operator = first && (await insertOperator({ userId, createdAt }));
  if (operator) await updateUser(userId, { isSetupAccount: true });
  if (!operator && !context.settings.registrationsEnabled) throw registrationsDisabled();

  const owner = { userId, name };
  const organisationSlug = await insertOrganisation({ id: organisationId, name, createdAt, owner });
  await AuditEntry.query().insert({
    ...{ organisationId, id: uuidv7(), action: 'organisation.create', detail: { operator } },
    ...{ actorKind: 'user', actorId: userId, subjectKind: 'organisation', subjectId: organisationId },
    requestId: context.requestId,
  });
  const session = await startSession(context, { userId, staySignedIn });
  return { ...session, userId, staySignedIn, email, organisationSlug };
}

export function registrationsDisabled(): AppError {
  return new AppError('FORBIDDEN', 'Registration is switched off on this instance. Ask for an invitation.', {
    reason: 'registrations_disabled',
  });
}

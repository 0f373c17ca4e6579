import { acrossOrganisations } from '#db/tenancy.ts';
import { findAccount, replacePasswordHash } from '../auth/owner-queries.ts';
import { DUMMY_PASSWORD_HASH } from '../auth/passwords.ts';
import { endSession, startSession } from '../auth/sessions.ts';
import { AppError } from '../errors.ts';
import { networkOf, type LimitName } from '../limits.ts';
import type { SignInInput, StartedSession } from '../schemas/accounts.ts';
import { opaqueString } from '../schemas/passwords.ts';
import { accountEntry } from './audit.ts';
import type { Context } from './context.ts';
import { recordRepeated } from './repeated-entries.ts';

/**
 * Begins a session by e-mail and password.
 *
 * Exactly one hash is verified whether the address exists or not, so response time doesn't reveal it. Attempts are
 * counted by the address as it was typed, before it is looked up, so the limits don't reveal it either.
 *
 * @param input as the schema gives it: the address in lower case
 * @throws AppError UNAUTHORIZED `sign_in_failed` · TOO_MANY_REQUESTS
 */
export async function signIn(context: Context, input: SignInInput): Promise<StartedSession> {
  const { email, password, stay_signed_in: staySignedIn = false } = input;
  const counted = countersOf(context, email);
  await countAttempt(context, counted);

  const account = await findAccount(context.database, email);
  // A release that did not normalise hashed the password as it was typed.
  const prepared = opaqueString(password);
  const asHashed = account && !account.isPasswordNormalised ? password : prepared;
  const right = await context.passwordHasher.verify(account?.passwordHash ?? DUMMY_PASSWORD_HASH, asHashed);
  if (!account?.passwordHash || !right) {
    // Written after the response, so that response time does not reveal whether the account exists.
    if (account) context.auditNotes.note(accountEntry(context, 'account.signInFailed', account));
    throw new AppError('UNAUTHORIZED', 'The e-mail address or the password is wrong.', {
      reason: 'sign_in_failed',
    });
  }
  for (const { limit, key } of counted) {
    // The limit per IP counts the failures of other accounts too.
    if (limit === 'signInPerIp') await context.limits.giveBack(limit, key);
    else await context.limits.reset(limit, key);
  }

  const rehashed = account.isPasswordNormalised ? undefined : await context.passwordHasher.hash(prepared);
  const replaced = account.passwordHash;
  const session = await acrossOrganisations(context.database, 'somebody signs in', async () => {
    if (rehashed !== undefined) await replacePasswordHash(account.id, replaced, rehashed);
    await recordRepeated(accountEntry(context, 'account.signIn', account));
    return startSession(context, { userId: account.id, staySignedIn });
  });
  return {
    ...{ ...session, staySignedIn, email: account.email },
    organisationSlug: account.memberships[0]?.organisationSlug ?? null,
  };
}

/** Ends the session that the request came with. Without one it does nothing. */
export async function signOut(context: Context): Promise<void> {
  const { actor } = context;
  if (actor.kind !== 'user') return;
  await acrossOrganisations(context.database, 'somebody signs out', async () => {
    await recordRepeated(accountEntry(context, 'account.signOut', { ...actor, id: actor.userId }));
    await endSession(context, actor.sessionId);
  });
}

interface Counted {
  limit: LimitName;
  key: string;
}

/**
 * The limits that count an attempt. A browser that was signed in to the account before has its own, which nobody else
 * can use up.
 */
function countersOf({ ip, knownBrowserOf }: Context, email: string): Counted[] {
  const browser = knownBrowserOf?.(email);
  if (browser !== undefined) return [{ limit: 'signInPerKnownBrowser', key: `${email} ${browser}` }];
  const network = networkOf(ip);
  return [
    { limit: 'signInPerIp', key: network },
    { limit: 'signInPerAccountAndIp', key: `${network} ${email}` },
    { limit: 'signInPerAccount', key: email },
  ];
}

/** @throws AppError TOO_MANY_REQUESTS without a look at the password, and with the way in that no limit closes */
async function countAttempt({ limits, settings }: Context, counted: readonly Counted[]): Promise<void> {
  try {
    for (const { limit, key } of counted) await limits.consume(limit, key);
  } catch (error) {
    if (!(error instanceof AppError) || !settings.magicLinksEnabled) throw error;
    if (error.code !== 'TOO_MANY_REQUESTS') throw error;
    const { reason, retryAfterSeconds } = error;
    throw new AppError('TOO_MANY_REQUESTS', `${error.message} Or ask for a sign-in link by mail.`, {
      ...{ reason, retryAfterSeconds },
    });
  }
}

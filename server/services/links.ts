import { acrossOrganisations } from '#db/tenancy.ts';
import { findLink, useLink, type LinkRow } from '../auth/links.ts';
import { findAccount, findUser, updateUser, type UserRow } from '../auth/owner-queries.ts';
import { endSessionsOfUser, startSession } from '../auth/sessions.ts';
import { AppError } from '../errors.ts';
import type { LinkInput, LinkView, StartedSession, UseLinkInput } from '../schemas/accounts.ts';
import type { Context } from './context.ts';
import { endEarlierAccess, isFirstProof, listKeysThatStop, recordForUser } from './first-proof.ts';
import { requireMagicLinks } from './link-requests.ts';
import { makeAccount, registrationsDisabled } from './new-account.ts';
import { hashNewPassword } from './new-password.ts';

/**
 * What a link is for. Looking uses nothing up, so a scanner that opens every link of a mail does no harm.
 *
 * @throws AppError NOT_FOUND `link_over` for one that is wrong, used or over · FORBIDDEN when it is switched off
 */
export async function getLink(context: Context, input: LinkInput): Promise<LinkView> {
  return acrossOrganisations(context.database, 'what a link is for', async () => {
    const link = await findLink(context.secretKeys, input.token, context.now());
    if (!link) throw linkOver();
    refuseSwitchedOff(context, link);
    // Another link of the same address has created the account.
    if (link.email !== null && (await findAccount(context.database, link.email))) throw linkOver();
    const user = link.userId === null ? undefined : await findUser(context.database, link.userId);
    const isFirst = user !== undefined && isFirstProof(link, user);
    const keys = isFirst ? await listKeysThatStop(user.id) : { count: 0, names: [] };
    return {
      kind: link.kind,
      email: user?.email ?? link.email ?? '',
      needs_password: needsPassword(context, link, user),
      drops_earlier: isFirst && user.passwordHash !== null,
      keys_that_stop: keys.count,
      names_of_keys_that_stop: keys.names,
    };
  });
}

/**
 * Uses a link, once: creates the account, sets the password, confirms the address, and signs the person in.
 *
 * @throws AppError NOT_FOUND `link_over` · UNPROCESSABLE_CONTENT at `password`, and `api_keys_would_stop` at
 *   `stop_api_keys` · FORBIDDEN when it is switched off · CONFLICT `email_taken` when the address got an account by
 *   another way
 */
export async function useMailedLink(context: Context, input: UseLinkInput): Promise<StartedSession> {
  const {
    token,
    password,
    stay_signed_in: staySignedIn = false,
    stop_api_keys: acceptsKeyLoss = false,
  } = input;
  const seen = await acrossOrganisations(context.database, 'what a link is for', async () => {
    const link = await findLink(context.secretKeys, token, context.now());
    const user = link?.userId ? await findUser(context.database, link.userId) : undefined;
    return (
      link && {
        link,
        email: user?.email ?? link.email ?? '',
        needsPassword: needsPassword(context, link, user),
      }
    );
  });
  if (!seen) throw linkOver();
  refuseSwitchedOff(context, seen.link);
  const newPassword = seen.needsPassword ? await hashNewPassword(context, password, seen.email) : undefined;

  return acrossOrganisations(context.database, 'a link is used', async () => {
    const link = await useLink(context.secretKeys, token, [seen.link.kind], context.now());
    if (!link) throw linkOver();
    if (link.kind === 'register') return register(context, link, newPassword, staySignedIn);
    const user = link.userId === null ? undefined : await findUser(context.database, link.userId);
    if (!user) throw linkOver();
    if (isFirstProof(link, user)) await endEarlierAccess(context, user, acceptsKeyLoss);
    if (link.provesAddress && !user.confirmedAt) {
      await updateUser(user.id, { confirmedAt: context.now() });
      await recordForUser(context, user, 'account.confirmAddress');
    }
    if (newPassword) {
      await updateUser(user.id, newPassword);
      await endSessionsOfUser(context, user.id);
      await recordForUser(context, user, 'account.changePassword');
    }
    if (link.kind === 'sign_in') await recordForUser(context, user, 'account.signIn');
    const session = await startSession(context, { userId: user.id, staySignedIn });
    return {
      ...session,
      staySignedIn,
      email: user.email,
      organisationSlug: user.memberships[0]?.organisationSlug ?? null,
    };
  });
}

async function register(
  context: Context,
  { email, name }: LinkRow,
  password: { passwordHash: string; isPasswordNormalised: true } | undefined,
  staySignedIn: boolean,
): Promise<StartedSession> {
  if (email === null || name === null || !password) throw linkOver();
  const account = { email, name, ...password, confirmedAt: context.now(), first: false, staySignedIn };
  const session = await makeAccount(context, account);
  if (session) return session;
  throw new AppError('CONFLICT', 'An account with this address already exists. Sign in instead.', {
    reason: 'email_taken',
  });
}

/**
 * Returns whether using the link sets a new password. A link that confirms an address needs one when the old one ends
 * (the first proof), and when somebody opens it who isn't signed in at the account.
 */
function needsPassword({ actor }: Context, link: LinkRow, user: UserRow | undefined): boolean {
  if (link.kind !== 'confirm') return link.kind !== 'sign_in';
  const isSignedIn = actor.kind === 'user' && actor.userId === link.userId;
  return !isSignedIn || (user !== undefined && isFirstProof(link, user));
}

/** What is switched off is so for links too that were mailed before. */
function refuseSwitchedOff(context: Context, link: LinkRow): void {
  if (link.kind === 'sign_in') requireMagicLinks(context);
  if (link.kind === 'register' && !context.settings.registrationsEnabled) throw registrationsDisabled();
}

function linkOver(): AppError {
  return new AppError('NOT_FOUND', 'This link has expired or was already used. Ask for a new one.', {
    reason: 'link_over',
  });
}

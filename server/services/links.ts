import { acrossOrganisations } from '#db/tenancy.ts';
import { findLink, useLink, type LinkRow } from '../auth/links.ts';
import { findUser, updateUser, type UserRow } from '../auth/owner-queries.ts';
import { refuseCommonPassword } from '../auth/passwords.ts';
import { endSessionsOfUser, startSession } from '../auth/sessions.ts';
import { AppError, invalid } from '../errors.ts';
import type { LinkInput, LinkView, StartedSession, UseLinkInput } from '../schemas/accounts.ts';
import type { Context } from './context.ts';
import { countEarlierKeys, dropEarlier, recordForUser } from './first-proof.ts';
import { requireMagicLinks } from './link-requests.ts';
import { makeAccount, registrationsDisabled } from './new-account.ts';

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
    const user = link.userId === null ? undefined : await findUser(context.database, link.userId);
    const drops = user !== undefined && provesFirst(context, link, user);
    return {
      kind: link.kind,
      email: user?.email ?? link.email ?? '',
      needs_password: needsPassword(context, link),
      drops_earlier: drops && user.passwordHash !== null,
      keys_that_stop: drops ? await countEarlierKeys(user.id) : 0,
    };
  });
}

/**
 * Uses a link, once: makes the account, sets the password, confirms the address; and signs the person in.
 *
 * @throws AppError NOT_FOUND `link_over` · UNPROCESSABLE_CONTENT at `password` · FORBIDDEN when it is switched off ·
 *   CONFLICT `email_taken` when the address got an account by another way
 */
export async function useMailedLink(context: Context, input: UseLinkInput): Promise<StartedSession> {
  const { token, password, stay_signed_in: staySignedIn = false } = input;
  const seen = await acrossOrganisations(context.database, 'what a link is for', () =>
    findLink(context.secretKeys, token, context.now()),
  );
  if (!seen) throw linkOver();
  refuseSwitchedOff(context, seen);
  const passwordHash = needsPassword(context, seen) ? await hashNew(context, password) : undefined;

  return acrossOrganisations(context.database, 'a link is used', async () => {
    const link = await useLink(context.secretKeys, token, [seen.kind], context.now());
    if (!link) throw linkOver();
    if (link.kind === 'register') return register(context, link, passwordHash, staySignedIn);
    const user = link.userId === null ? undefined : await findUser(context.database, link.userId);
    if (!user) throw linkOver();
    if (provesFirst(context, link, user)) await dropEarlier(context, user);
    if (link.provesAddress && !user.confirmedAt) {
      await updateUser(user.id, { confirmedAt: context.now() });
      await recordForUser(context, user, 'account.confirmAddress');
    }
    if (passwordHash !== undefined) {
      await updateUser(user.id, { passwordHash });
      await endSessionsOfUser(context, user.id);
      await recordForUser(context, user, 'account.changePassword');
    }
    if (link.kind === 'sign_in') await recordForUser(context, user, 'account.signIn');
    const session = await startSession(context, { userId: user.id, staySignedIn });
    return { ...session, staySignedIn, organisationSlug: user.memberships[0]?.organisationSlug ?? null };
  });
}

async function register(
  context: Context,
  { email, name }: LinkRow,
  passwordHash: string | undefined,
  staySignedIn: boolean,
): Promise<StartedSession> {
  if (email === null || name === null || passwordHash === undefined) throw linkOver();
  const account = { email, name, passwordHash, confirmedAt: context.now(), first: false, staySignedIn };
  const session = await makeAccount(context, account);
  if (session) return session;
  throw new AppError('CONFLICT', 'An account with this address already exists. Sign in instead.', {
    reason: 'email_taken',
  });
}

async function hashNew(context: Context, password: string | undefined): Promise<string> {
  if (password === undefined) throw invalid('password', 'Choose a password.');
  refuseCommonPassword(password);
  return context.passwordHasher.hash(password);
}

/**
 * Whether using the link is the first time that anybody shows the address is theirs. Who is signed in at the account
 * while using it has shown both at once, so there was nobody else.
 */
function provesFirst({ actor }: Context, link: LinkRow, user: UserRow): boolean {
  if (user.confirmedAt || !link.provesAddress) return false;
  return !(link.kind === 'confirm' && actor.kind === 'user' && actor.userId === user.id);
}

/** To confirm an address from elsewhere takes a new password, since the old one goes. */
function needsPassword({ actor }: Context, link: LinkRow): boolean {
  if (link.kind === 'confirm') return !(actor.kind === 'user' && actor.userId === link.userId);
  return link.kind !== 'sign_in';
}

/** What is switched off is so for links too that were mailed before. */
function refuseSwitchedOff(context: Context, link: LinkRow): void {
  if (link.kind === 'sign_in') requireMagicLinks(context);
  if (link.kind === 'register' && !context.settings.registrationsEnabled) throw registrationsDisabled();
}

function linkOver(): AppError {
  return new AppError('NOT_FOUND', 'This link was used already, or it is too old. Ask for a new one.', {
    reason: 'link_over',
  });
}

import { uuidv7 } from 'uuidv7';
import { acrossOrganisations } from '#db/tenancy.ts';
import { insertLink } from '../auth/links.ts';
import { mailboxOf } from '../auth/mailboxes.ts';
import { findAccount } from '../auth/owner-queries.ts';
import { DUMMY_PASSWORD_HASH } from '../auth/passwords.ts';
import { AppError } from '../errors.ts';
import { enqueue } from '../jobs/enqueue.ts';
import { networkOf } from '../limits.ts';
import type { LinkKind, RequestLinkInput } from '../schemas/accounts.ts';
import type { Context } from './context.ts';

/** The links that somebody asks for by an address. */
type AskedKind = Extract<LinkKind, 'register' | 'reset' | 'sign_in'>;

/**
 * Mails a link to choose a new password.
 *
 * @throws AppError FORBIDDEN `mail_disabled` with what works instead · TOO_MANY_REQUESTS
 */
export async function requestPasswordReset(context: Context, input: RequestLinkInput): Promise<void> {
  requireMail(context);
  await requestLink(context, { kind: 'reset', email: input.email });
}

/**
 * Mails a link to sign in by.
 *
 * @throws AppError FORBIDDEN `magic_links_disabled` · TOO_MANY_REQUESTS
 */
export async function requestSignInLink(context: Context, input: RequestLinkInput): Promise<void> {
  requireMagicLinks(context);
  await requestLink(context, { kind: 'sign_in', email: input.email });
}

/**
 * Mails the person who is signed in a link that shows that the address is theirs. With a confirmed one it changes
 * nothing.
 *
 * @throws AppError UNAUTHORIZED · FORBIDDEN `mail_disabled` · TOO_MANY_REQUESTS
 */
export async function requestConfirmation(context: Context): Promise<void> {
  const { actor } = context;
  if (actor.kind !== 'user')
    throw new AppError('UNAUTHORIZED', 'Sign in to confirm your address.', { reason: 'unauthenticated' });
  requireMail(context);
  await context.limits.consume('mailPerKnownBrowser', `${actor.email} signed in`);
  await acrossOrganisations(context.database, 'somebody confirms their address', () =>
    addConfirmation(context, actor.userId),
  );
}

/** Asks for the link by which a user shows that the address is theirs, in the transaction of acrossOrganisations(). */
export async function addConfirmation(context: Context, userId: string): Promise<void> {
  await addLink(context, { kind: 'confirm', userId, email: null, name: null });
}

/**
 * Mails a link to somebody by an address. Nothing of the answer tells whether somebody is registered by it, nor does its
 * time: the limits count the address as it was typed, and the same is looked up, hashed and written for an unknown one.
 * What the mail says, and whether there is one, is decided by the job.
 *
 * @param asked the address in lower case; `name`: of somebody who is registering
 * @throws AppError TOO_MANY_REQUESTS
 */
export async function requestLink(
  context: Context,
  asked: { kind: AskedKind; email: string; name?: string },
): Promise<void> {
  const { kind, email, name = null } = asked;
  await context.limits.consume('signInPerIp', networkOf(context.ip));
  await countMail(context, kind, email);
  const account = await findAccount(context.database, email);
  // Longer than anything that could differ.
  await context.passwordHasher.verify(DUMMY_PASSWORD_HASH, email);
  const userId = account?.id ?? null;
  await acrossOrganisations(context.database, `somebody asks for a link (${kind})`, () =>
    addLink(
      context,
      kind === 'register' ? { kind, userId, email, name } : { kind, userId, email: null, name },
    ),
  );
}

/** Whoever registers names the address of anybody, so these mails don't count as those of the account. */
async function countMail({ limits, knownBrowserOf }: Context, kind: AskedKind, email: string): Promise<void> {
  if (kind === 'register') return limits.consume('registrationMailPerMailbox', mailboxOf(email));
  const browser = knownBrowserOf?.(email);
  if (browser === undefined) return limits.consume('mailPerAddress', email);
  return limits.consume('mailPerKnownBrowser', `${email} ${browser}`);
}

async function addLink(
  context: Context,
  link: { kind: LinkKind; userId: string | null; email: string | null; name: string | null },
): Promise<void> {
  const id = uuidv7();
  await insertLink({ ...link, id, provesAddress: true, createdAt: context.now() });
  await enqueue('mail_link', id);
}

function requireMail({ settings }: Context): void {
  if (settings.mailEnabled) return;
  throw new AppError(
    'FORBIDDEN',
    'This instance can’t send e-mail. Its operator can create a link for you: anvil-server user reset-link EMAIL',
    { reason: 'mail_disabled' },
  );
}

/** @throws AppError FORBIDDEN `magic_links_disabled`, for links that were mailed before too */
export function requireMagicLinks({ settings }: Context): void {
  if (settings.magicLinksEnabled) return;
  throw new AppError(
    'FORBIDDEN',
    'Signing in by a mailed link is switched off on this instance. Sign in with your password.',
    { reason: 'magic_links_disabled' },
  );
}

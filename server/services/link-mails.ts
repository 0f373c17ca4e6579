import { uuidv7 } from 'uuidv7';
import { acrossOrganisations } from '#db/tenancy.ts';
import { countSend, insertLink, issueLink, uncountSend } from '../auth/links.ts';
import { findAccount, findUser } from '../auth/owner-queries.ts';
import type { LinkKind } from '../schemas/accounts.ts';
import type { Deps, Settings } from './context.ts';

type LinkDeps = Pick<Deps, 'database' | 'secretKeys' | 'now'> & { settings: Pick<Settings, 'baseUrl'> };

/** What a mail has to say. `known`: somebody registers by an address that has an account already. */
export interface LinkMail {
  /** The same for each attempt. */
  id: string;
  kind: LinkKind | 'known';
  to: string;
  url: string;
  /** After that the mail is of no use. */
  expiresAt: Date;
  /** Whether another attempt is allowed if the outcome of this one is unknown. */
  mayRepeat: boolean;
}

/**
 * Creates the link that a job mails, and counts the attempt. Its token is created here and stored only in the mail.
 *
 * @param linkId what the job carries
 * @returns undefined when there is nothing to send: nobody has the address, the link was used or has expired, or two
 *   attempts may have delivered it
 */
export async function makeLinkMail(deps: LinkDeps, linkId: string): Promise<LinkMail | undefined> {
  return acrossOrganisations(deps.database, 'a link is made, to be mailed', async () => {
    const link = await issueLink(deps.secretKeys, linkId, deps.now());
    if (!link) return undefined;
    const { id, kind, userId, email, token, expiresAt } = link;
    const user = userId === null ? undefined : await findUser(deps.database, userId);
    const to = email ?? user?.email;
    if (to === undefined) return undefined;
    const sends = await countSend(id);
    if (sends === undefined) return undefined;
    const mail = { id, to, expiresAt, mayRepeat: sends === 1 };
    const isKnown = email !== null && (await findAccount(deps.database, email)) !== undefined;
    if (isKnown) return { ...mail, kind: 'known', url: `${deps.settings.baseUrl}/sign-in` };
    return { ...mail, kind, url: linkUrl(deps, token) };
  });
}

/** Records that an attempt has certainly not delivered the mail, so that it doesn't count. */
export async function takeBackSend({ database }: Pick<Deps, 'database'>, linkId: string): Promise<void> {
  await acrossOrganisations(database, 'a mail was not delivered', () => uncountSend(linkId));
}

/**
 * Makes a link to a new password for the operator to hand over, where no mail is sent. It does not show that the address
 * is the person's.
 *
 * @param email in lower case
 * @returns the link, good for an hour and once; undefined when nobody is registered by the address
 */
export async function makeResetLink(deps: LinkDeps, email: string): Promise<string | undefined> {
  return acrossOrganisations(deps.database, 'the command user reset-link', async () => {
    const account = await findAccount(deps.database, email);
    if (!account) return undefined;
    const [id, now] = [uuidv7(), deps.now()];
    const whose = { userId: account.id, email: null, name: null };
    await insertLink({ ...whose, id, kind: 'reset', provesAddress: false, createdAt: now });
    const link = await issueLink(deps.secretKeys, id, now);
    return link && linkUrl(deps, link.token);
  });
}

/** The token is in the query, which neither our log nor that of a shipped proxy has. */
function linkUrl({ settings }: LinkDeps, token: string): string {
  return `${settings.baseUrl}/link?token=${token}`;
}

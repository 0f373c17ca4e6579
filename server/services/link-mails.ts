import { uuidv7 } from 'uuidv7';
import { acrossOrganisations } from '#db/tenancy.ts';
import { insertLink, issueLink } from '../auth/links.ts';
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
}

/**
 * Makes the link that a job has to mail: its token comes into being here and lies nowhere but in the mail.
 *
 * @param linkId what the job carries
 * @returns undefined when there is nothing to send: nobody has the address, or the link is used or too old
 */
export async function makeLinkMail(deps: LinkDeps, linkId: string): Promise<LinkMail | undefined> {
  return acrossOrganisations(deps.database, 'a link is made, to be mailed', async () => {
    const link = await issueLink(deps.secretKeys, linkId, deps.now());
    if (!link) return undefined;
    const { id, kind, userId, email, token } = link;
    if (email !== null) {
      const known = await findAccount(deps.database, email);
      if (known) return { id, kind: 'known', to: email, url: `${deps.settings.baseUrl}/sign-in` };
      return { id, kind, to: email, url: linkUrl(deps, token) };
    }
    const user = userId === null ? undefined : await findUser(deps.database, userId);
    return user && { id, kind, to: user.email, url: linkUrl(deps, token) };
  });
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

/** The token stands behind the `?`, which the log leaves out. */
function linkUrl({ settings }: LinkDeps, token: string): string {
  return `${settings.baseUrl}/link?token=${token}`;
}

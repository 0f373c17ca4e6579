import { z } from 'zod';
import { id, nameText, text } from './common.ts';
import { newPassword } from './passwords.ts';

const email = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.email({ error: 'This isn’t an e-mail address.' }).max(254));

export const registerInput = z.strictObject({
  name: nameText,
  email,
  /** Chosen here where no mail is sent, and by the very first account; else behind the link that is mailed. */
  password: newPassword.optional(),
  /** Needed for the very first account when the instance is reachable from elsewhere. */
  set_up_code: z.string().trim().pipe(text(100)).optional(),
});
export type RegisterInput = z.input<typeof registerInput>;

export const signInInput = z.strictObject({
  email: z.string().trim().toLowerCase().pipe(text(254)),
  password: text(256),
  stay_signed_in: z.boolean().default(false),
});
export type SignInInput = z.input<typeof signInInput>;

/** A session that has just begun; the token goes into the cookie and nowhere else. */
export interface StartedSession {
  token: string;
  expiresAt: Date;
  staySignedIn: boolean;
  /** Of the account, in lower case. */
  email: string;
  /** Where to go: the organisation that the person lands in; none for somebody who is a member of nothing. */
  organisationSlug: string | null;
}

/** What a member is in an organisation. */
const role = z.enum(['owner', 'admin', 'member', 'viewer']);
export type MemberRole = z.infer<typeof role>;

export const meView = z.object({
  id,
  name: z.string(),
  email: z.string(),
  /** Whether the person has shown that the address is theirs. */
  email_confirmed: z.boolean(),
  organisations: z.array(
    z.object({
      slug: z.string(),
      name: z.string(),
      role,
      /** What the role allows here, by the names of the table of permissions: so pages show only what may be done. */
      permissions: z.array(z.string()),
    }),
  ),
});
export type MeView = z.infer<typeof meView>;

/** What registering takes on this instance right now. */
export const registrationView = z.object({
  open: z.boolean(),
  /** Nobody has an account yet. */
  first: z.boolean(),
  needs_set_up_code: z.boolean(),
  /** The account is made by a link that is mailed; the password is chosen behind it. */
  by_mail: z.boolean(),
});
export type RegistrationView = z.infer<typeof registrationView>;

/** What is switched on at this instance. */
export const switchesView = z.object({
  /** Mails are sent: a forgotten password can be replaced without the operator. */
  mail: z.boolean(),
  /** Somebody may sign in by a link that is mailed. */
  magic_links: z.boolean(),
  /** API keys can be made, and those that there are work. */
  api_keys: z.boolean(),
});
export type SwitchesView = z.infer<typeof switchesView>;

/** What a mailed link is for: to make an account, to show that an address is one's own, a new password, to sign in. */
const linkKind = z.enum(['register', 'confirm', 'reset', 'sign_in']);
export type LinkKind = z.infer<typeof linkKind>;

/** Where a link is mailed to. The answer is the same whether anybody is registered by the address. */
export const requestLinkInput = z.strictObject({ email });
export type RequestLinkInput = z.input<typeof requestLinkInput>;

const token = text(100);

export const linkInput = z.strictObject({ token });
export type LinkInput = z.input<typeof linkInput>;

/** An open link, shown before it is used. */
export const linkView = z.object({
  kind: linkKind,
  email: z.string(),
  /** The page asks for a password, which using the link sets. */
  needs_password: z.boolean(),
  /** Using the link is the first proof of the address: the password and the sessions end. */
  drops_earlier: z.boolean(),
  /** How many API keys stop working for that reason: those that the account created, and those that they created. */
  keys_that_stop: z.number().int(),
  /** The names of these keys, the oldest first; the first 20. */
  names_of_keys_that_stop: z.array(z.string()),
});
export type LinkView = z.infer<typeof linkView>;

export const useLinkInput = z.strictObject({
  token,
  /** For links that ask for one (`needs_password`). */
  password: newPassword.optional(),
  stay_signed_in: z.boolean().default(false),
  /** The person agrees that API keys stop working. Needed for a link with `keys_that_stop`. */
  stop_api_keys: z.boolean().default(false),
});
export type UseLinkInput = z.input<typeof useLinkInput>;

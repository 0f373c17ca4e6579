import { z } from 'zod';
import { id, nameText, text } from './common.ts';

const email = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.email({ error: 'This is no e-mail address.' }).max(254));
/** 12 to 256 characters, no other rule; the most common ones are refused when it is set. */
const password = text(256).refine((value) => value.length >= 12, { error: 'At least 12 characters.' });

export const registerInput = z.object({
  name: nameText,
  email,
  password,
  /** Needed for the very first account when the instance is reachable from elsewhere. */
  set_up_code: z.string().trim().max(100).optional(),
});
export type RegisterInput = z.input<typeof registerInput>;

export const signInInput = z.object({
  email: z.string().trim().toLowerCase().max(254),
  password: z.string().max(256),
  stay_signed_in: z.boolean().default(false),
});
export type SignInInput = z.input<typeof signInInput>;

/** A session that has just begun; the token goes into the cookie and nowhere else. */
export interface StartedSession {
  token: string;
  expiresAt: Date;
  staySignedIn: boolean;
  /** Where to go: the organisation that the person lands in; none for somebody who is a member of nothing. */
  organisationSlug: string | null;
}

/** What a member is in an organisation. */
const role = z.enum(['owner', 'admin', 'member', 'viewer']);
export type Role = z.infer<typeof role>;

export const meView = z.object({
  id,
  name: z.string(),
  email: z.string(),
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
});
export type RegistrationView = z.infer<typeof registrationView>;

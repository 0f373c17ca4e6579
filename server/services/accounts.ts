import { acrossOrganisations } from '#db/tenancy.ts';
import { anyAccount } from '../auth/owner-queries.ts';
import { PERMISSIONS, roleAllows, type Permission } from '../auth/permissions.ts';
import { AppError, invalid } from '../errors.ts';
import { networkOf } from '../limits.ts';
import type {
  MeView,
  RegisterInput,
  RegistrationView,
  SwitchesView,
  StartedSession,
} from '../schemas/accounts.ts';
import type { Context } from './context.ts';
import { addConfirmation, requestLink } from './link-requests.ts';
import { makeAccount, registrationsDisabled } from './new-account.ts';
import { hashNewPassword } from './new-password.ts';

const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[];

/** What registering takes on this instance right now. Anybody may ask. */
export async function getRegistration(context: Context): Promise<RegistrationView> {
  const { registrationsEnabled, setUpCodeRequired, mailEnabled } = context.settings;
  const first = !(await anyAccount(context.database));
  return {
    open: registrationsEnabled || first,
    first,
    needs_set_up_code: first && setUpCodeRequired,
    by_mail: mailEnabled && !first,
  };
}

/** What is switched on at this instance. Anybody may ask. */
export function getSwitches({ settings }: Context): SwitchesView {
  const { mailEnabled, magicLinksEnabled, apiKeysEnabled } = settings;
  return { mail: mailEnabled, magic_links: magicLinksEnabled, api_keys: apiKeysEnabled };
}

/**
 * Lets somebody register. Where mails are sent, a link to choose a password behind is mailed to the address, and the
 * answer is the same whether there is an account already; else, and for the very first one, the account is made at once.
 *
 * @param input as the schema gives it: the address in lower case
 * @returns the session of a new account; undefined: look in your inbox
 * @throws AppError as `registerAccount`
 */
export async function register(context: Context, input: RegisterInput): Promise<StartedSession | undefined> {
  const { open, by_mail: byMail } = await getRegistration(context);
  if (!byMail) return registerAccount(context, input);
  await context.limits.consume('registrationPerIp', networkOf(context.ip));
  if (!open) throw registrationsDisabled();
  await requestLink(context, { kind: 'register', email: input.email, name: input.name });
  return undefined;
}

/**
 * Makes an account with an organisation of its own, and signs it in. The very first account of the instance becomes
 * its operator.
 *
 * What is public is refused before the password is hashed (limits, the switch, the code, a common password); from
 * where the address matters on, every path hashes exactly once, outside the transaction.
 *
 * @param input as the schema gives it: the address in lower case
 * @throws AppError TOO_MANY_REQUESTS · FORBIDDEN `registrations_disabled` · UNPROCESSABLE_CONTENT
 *   `set_up_code_wrong`, `password_too_common`, `email_taken`, each at its field
 */
export async function registerAccount(context: Context, input: RegisterInput): Promise<StartedSession> {
  await context.limits.consume('registrationPerIp', networkOf(context.ip));
  const registration = await getRegistration(context);
  if (registration.by_mail) throw new Error('Accounts are made by a mailed link here: call register()');
  if (!registration.open) throw registrationsDisabled();
  if (registration.needs_set_up_code) requireSetUpCode(context, input.set_up_code);

  const { email, name } = input;
  const password = await hashNewPassword(context, input.password, email);
  return acrossOrganisations(context.database, 'register an account', async () => {
    const first = !(await anyAccount(context.database));
    const session = await makeAccount(context, { email, name, ...password, first, staySignedIn: false });
    if (!session) throw emailTaken();
    if (context.settings.mailEnabled) await addConfirmation(context, session.userId);
    return session;
  });
}

/** @throws AppError UNAUTHORIZED when nobody is signed in, or a program asks */
export function getMe(context: Context): Promise<MeView> {
  const { actor } = context;
  if (actor.kind !== 'user') {
    return Promise.reject(
      new AppError('UNAUTHORIZED', 'Sign in to see your account.', { reason: 'unauthenticated' }),
    );
  }
  const { userId: id, name, email, isAddressConfirmed, memberships } = actor;
  const organisations = memberships.map(({ organisationSlug, organisationName, role }) => ({
    slug: organisationSlug,
    name: organisationName,
    role,
    permissions: ALL_PERMISSIONS.filter((permission) => roleAllows(role, permission)),
  }));
  return Promise.resolve({ id, name, email, email_confirmed: isAddressConfirmed, organisations });
}

function requireSetUpCode({ secretKeys }: Context, typed: string | undefined): void {
  if (typed && secretKeys.isSetUpCode(typed)) return;
  throw invalid(
    'set_up_code',
    'The first account needs the set-up code that Anvil printed when it started.',
    'set_up_code_wrong',
  );
}

function emailTaken(): AppError {
  return invalid('email', 'There is an account with this address already. Sign in instead.', 'email_taken');
}

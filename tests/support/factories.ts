import { uuidv7 } from 'uuidv7';
import { acrossOrganisations, inOrganisation } from '#db/tenancy.ts';
import { Membership, Person, Project, User, type Role, type Scope } from '#db/models/index.ts';
import type { Database } from '#db/connections.ts';
import type { ApiKeyActor, UserActor } from '#server/auth/actor.ts';
import { authenticate } from '#server/auth/authenticate.ts';
import { startSession } from '#server/auth/sessions.ts';
import { registerAccount } from '#server/services/accounts.ts';
import { createApiKey } from '#server/services/api-keys.ts';
import { createProject } from '#server/services/projects.ts';
import { SCOPES } from '#server/schemas/api-keys.ts';
import { actingAs, testContext, type TestContext, type TestContextInput } from './context.ts';

/** Twelve characters and more, and in no list. */
export const TEST_PASSWORD = 'correct horse battery stable';

export interface TestAccount {
  /** Signed in as the new account. */
  context: TestContext;
  actor: UserActor;
  email: string;
  password: string;
  organisationId: string;
  organisationSlug: string;
  /** For the cookie. */
  sessionToken: string;
}

/** Registers somebody through the service, with an organisation of their own. Each call makes another person. */
export async function registerTestAccount(
  database: Database,
  input: TestContextInput & { name?: string; email?: string; password?: string } = {},
): Promise<TestAccount> {
  const {
    name = 'Ada Lovelace',
    password = TEST_PASSWORD,
    email = `${uuidv7()}@example.com`,
    ...rest
  } = input;
  const context = testContext(database, rest);
  // As where no mail is sent: at once, and without showing that the address is theirs.
  const settings = { ...context.settings, mailEnabled: false };
  const session = await registerAccount({ ...context, settings }, { name, email, password });
  const actor = await authenticate({ sessionToken: session.token }, context);
  if (actor.kind !== 'user') throw new Error('The new account is not signed in');
  const [membership] = actor.memberships;
  if (!membership) throw new Error('The new account has no organisation');
  const { organisationId, organisationSlug } = membership;
  const signedIn = actingAs(context, actor);
  return {
    context: signedIn,
    actor,
    email,
    password,
    organisationId,
    organisationSlug,
    sessionToken: session.token,
  };
}

/** Somebody else in the account's organisation, who has no other. (There are no invitations yet.) */
export async function addTestMember(
  account: TestAccount,
  role: Role,
  name = `A ${role}`,
): Promise<UserActor> {
  const { organisationId, organisationSlug, context } = account;
  const userId = uuidv7();
  const email = `${userId}@example.com`;
  await acrossOrganisations(context.database, 'tests: a member', async () => {
    await User.query().insert({ id: userId, email, name, passwordHash: null });
    await Membership.query().insert({ organisationId, userId, role });
    await Person.query().insert({ organisationId, userId, name });
  });
  const organisationName = account.actor.memberships[0]?.organisationName ?? '';
  const memberships = [{ organisationId, organisationSlug, organisationName, role }];
  const { token } = await startSession(context, { userId, staySignedIn: false });
  const [sessionId] = context.secretKeys.sessionIdsOf(token);
  return { kind: 'user', userId, name, email, isAddressConfirmed: false, sessionId, memberships };
}

/** A key of the account's organisation: its token, and the actor it makes. All scopes unless told otherwise. */
export async function createTestApiKey(
  account: TestAccount,
  input: { name?: string; scopes?: Scope[]; projects?: string[]; expiresInDays?: number } = {},
): Promise<{ token: string; id: string; actor: ApiKeyActor }> {
  const { name = 'A key', scopes = [...SCOPES], projects, expiresInDays } = input;
  const key = await createApiKey(account.context, {
    organisation: account.organisationSlug,
    ...{ name, scopes, projects, expires_in_days: expiresInDays },
  });
  const { organisationId, organisationSlug } = account;
  const limits = key.projects;
  const projectIds =
    limits &&
    (await inTestOrganisation(account, () => Project.query().whereIn('slug', limits))).map(({ id }) => id);
  // Not by authenticate(), which writes the last use in the background while the test is going on already.
  const actor: ApiKeyActor = {
    ...{ kind: 'apiKey', apiKeyId: key.id, name, scopes },
    ...{ organisationId, organisationSlug, projectIds },
  };
  return { token: key.token, id: key.id, actor };
}

/** A project of the account's organisation. */
export async function createTestProject(account: TestAccount, name = 'Support') {
  const organisation = account.organisationSlug;
  return createProject(account.context, { organisation, name, description: '' });
}

/** Runs work on the tables of the account's organisation, for what a test has to see or plant there. */
export function inTestOrganisation<T>(account: TestAccount, work: () => PromiseLike<T>): Promise<T> {
  return inOrganisation(account.context.database, account.organisationId, async () => await work());
}

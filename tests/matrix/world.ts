import { createHash, randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { insertLink, issueLink } from '#server/auth/links.ts';
import { startSession } from '#server/auth/sessions.ts';
import { createApiKey } from '#server/services/api-keys.ts';
import { createProject } from '#server/services/projects.ts';
import { createPromptSet } from '#server/services/prompt-sets.ts';
import { archivePrompt } from '#server/services/prompt-archive.ts';
import { createPrompt, updatePrompt } from '#server/services/prompts.ts';
import { moveLabel } from '#server/services/labels.ts';
import { getNextVersion } from '#server/services/versions/proposal.ts';
import { publishVersion } from '#server/services/versions/publish.ts';
import { actingAs } from '#tests/support/context.ts';
import {
  addTestMember,
  createTestApiKey,
  inTestOrganisation,
  registerTestAccount,
  type TestAccount,
} from '#tests/support/factories.ts';
import type { Credentials, TestApp } from '#tests/support/http.ts';
import { TEXT_CONTENT, type Target } from './entries.ts';
import { SCOPES, WHO, type Who } from './who.ts';

/** Of the first world's owner, who signs in in the matrix. */
export const OWNER_EMAIL = 'owner@example.com';

/** Of links that were mailed to people who register, each good for one use. */
export const LINK_TOKENS: string[] = [];

/** Makes as many links as calls will use up, and one that is only looked at. */
export async function makeLinkTokens({ context }: TestApp): Promise<void> {
  const now = context.now();
  await acrossOrganisations(context.database, 'tests: mailed links', async () => {
    for (let made = 0; made < 2 * WHO.length; made += 1) {
      const id = uuidv7();
      const whose = { userId: null, email: `${id}@example.com`, name: 'New' };
      await insertLink({ ...whose, id, kind: 'register', provesAddress: true, createdAt: now });
      const link = await issueLink(context.secretKeys, id, now);
      if (link) LINK_TOKENS.push(link.token);
    }
  });
}

/** An organisation with everybody who may ask, and a project. */
export interface World {
  account: TestAccount;
  credentials: Record<Who, Credentials>;
  /** Another session of the same person, for what ends one; a key stays as it is. */
  credentialsAgain: (who: Who) => Promise<Credentials>;
  project: { id: string; slug: string };
}

export async function makeWorld(server: TestApp, email = `${uuidv7()}@example.com`): Promise<World> {
  const { database } = server.context;
  const join = async (own: string) => {
    const account = await registerTestAccount(database, { email: own, name: 'Ada' });
    // What moves is told to the server that is asked.
    return { ...account, context: actingAs(server.context, account.actor) };
  };
  const account = await join(email);
  const stranger = await join(`${uuidv7()}@example.com`);
  const { context } = account;
  const [project, other] = await inTestOrganisation(account, async () => [
    await createProject(context, { name: 'Hidden from others', description: '' }),
    await createProject(context, { name: 'Other', description: '' }),
  ]);
  const userIds: Partial<Record<Who, string>> = {
    owner: account.actor.userId,
    stranger: stranger.actor.userId,
  };
  for (const role of ['admin', 'member', 'viewer'] as const)
    userIds[role] = (await addTestMember(account, role)).userId;
  const session = async (who: Who) => {
    const userId = userIds[who];
    if (!userId) return undefined;
    return { session: (await startSession(context, { userId, staySignedIn: false })).token };
  };
  const key = async (scopes: readonly (typeof SCOPES)[number][], projects?: string[]) => ({
    token: (await createTestApiKey(account, { scopes: [...scopes], projects })).token,
  });
  const credentials: World['credentials'] = {
    anonymous: undefined,
    owner: { session: account.sessionToken },
    admin: await session('admin'),
    member: await session('member'),
    viewer: await session('viewer'),
    stranger: { session: stranger.sessionToken },
    'stranger’s key': { token: (await createTestApiKey(stranger)).token },
    'read:prompts': await key(['read:prompts']),
    'read:drafts': await key(['read:drafts']),
    'write:prompts': await key(['write:prompts']),
    'publish:versions': await key(['publish:versions']),
    'manage:organisation': await key(['manage:organisation']),
    'all scopes': await key(SCOPES),
    elsewhere: await key(SCOPES, [other.slug]),
  };
  const credentialsAgain = async (who: Who) => (await session(who)) ?? credentials[who];
  return { account, project, credentials, credentialsAgain };
}

let made = 0;

/** A fresh set in the world's project, in which every call of the matrix has something to do. In one transaction. */
export async function makeTarget({ account, project }: World): Promise<Target> {
  const { context, organisationSlug: organisation } = account;
  made += 1;
  const name = `Emails ${made}`;
  return inTestOrganisation(account, async () => {
    const set = await createPromptSet(context, { project: project.id, name, description: '' });
    const ref = { set_id: set.id };
    const create = (slug: string, template = `${slug} {{ name }} ${name}`) =>
      createPrompt(context, { ...ref, name: slug, slug, content: { ...TEXT_CONTENT, template } });
    const welcome = await create('welcome');
    const gone = await create('gone');
    const { checksum: first } = await getNextVersion(context, ref);
    await publishVersion(context, { ...ref, checksum: first, changelog: '' });
    await moveLabel(context, { ...ref, name: 'production', from: null, to: '1.0.0', reason: '' });
    await archivePrompt(context, { prompt_id: gone.id, revision: 1 });
    const changed = await updatePrompt(context, {
      ...{ prompt_id: welcome.id, revision: 1 },
      content: { ...TEXT_CONTENT, template: `Changed {{ name }} ${name}` },
    });
    const fresh = await create('fresh');
    const thrownAway = await create('thrown-away');
    await archivePrompt(context, { prompt_id: thrownAway.id, revision: 1 });
    const { checksum } = await getNextVersion(context, ref);
    const key = await createApiKey(context, { name: 'A key', scopes: ['manage:organisation'] });
    return {
      organisation,
      projectId: project.id,
      project: project.slug,
      setId: set.id,
      set: set.slug,
      address: set.address,
      promptId: welcome.id,
      revision: changed.revision,
      freshId: fresh.id,
      archivedFreshId: thrownAway.id,
      archivedPublishedId: gone.id,
      checksum,
      publishedSha256: welcome.sha256,
      draftSha256: changed.sha256,
      apiKeyId: key.id,
    };
  });
}

/** The same shape, and nothing of it exists anywhere. */
export function missingTarget(organisation: string | undefined): Target {
  const sha256 = () => createHash('sha256').update(randomUUID()).digest('hex');
  return {
    organisation,
    ...{ projectId: uuidv7(), project: 'missing', setId: uuidv7(), set: 'missing' },
    ...{ address: 'missing/missing', promptId: uuidv7(), revision: 1 },
    ...{ freshId: uuidv7(), archivedFreshId: uuidv7(), archivedPublishedId: uuidv7() },
    ...{ checksum: sha256(), publishedSha256: sha256(), draftSha256: sha256(), apiKeyId: uuidv7() },
  };
}

/**
 * Everything that is stored, as one short text per table: what a refused call must not change. When a key was used
 * last is left out: it is noted for refused calls too, behind their answers.
 */
export async function fingerprint({ context }: TestAccount): Promise<unknown> {
  return acrossOrganisations(context.database, 'tests: see that nothing changed', async () => {
    const transaction = currentTransaction();
    const { rows: tables } = await transaction.raw<{ rows: { name: string }[] }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
    );
    const each = tables.map(
      ({ name }) =>
        `select '${name}' as name, count(*)::int as rows,
           coalesce(sum(hashtextextended((to_jsonb(t) - 'last_used_at')::text, 0)), 0)::text as sum from "${name}" t`,
    );
    return (await transaction.raw<{ rows: unknown[] }>(each.join(' union all '))).rows;
  });
}

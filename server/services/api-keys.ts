import type { z } from 'zod';
import { uuidv7 } from 'uuidv7';
import { ApiKey, ApiKeyProject, Project } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { hashApiKeyToken, newApiKeyToken, startOfApiKeyToken } from '../auth/api-key-token.ts';
import { authorize, type Access } from '../auth/authorize.ts';
import { AppError, invalid, notFound } from '../errors.ts';
import type {
  ApiKeyDescendant,
  apiKeyRef,
  ApiKeyView,
  createApiKeyInput,
  CreatedApiKeyView,
  listApiKeysInput,
  revokeApiKeyInput,
} from '../schemas/api-keys.ts';
import { id, type Page } from '../schemas/common.ts';
import { listDescent } from './api-key-descent.ts';
import { assertMakerIsActive, refuseBeyondMaker, refuseScopesBeyond } from './api-key-makers.ts';
import { authorOf, record } from './audit.ts';
import { loadAuthors } from './authors.ts';
import type { Context } from './context.ts';
import { announce } from './events.ts';
import { decodeCursor, mapPage, toPage } from './pages.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The keys of the organisation, the newest first, revoked ones too; for a limited key those inside its limits. */
export async function listApiKeys(
  context: Context,
  input: z.output<typeof listApiKeysInput>,
): Promise<Page<ApiKeyView>> {
  const access = authorize(context.actor, 'apiKeys.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const query = keysInside(access)
      .orderBy('id', 'desc')
      .limit(input.limit + 1);
    const before = decodeCursor(input.cursor, 'uuid');
    if (before !== undefined) query.where('id', '<', before);
    const page = toPage(await query, input.limit, (key) => key.id);
    return mapPage(page, await viewerOf(page.data));
  });
}

/**
 * Makes a key. Its answer is the only place where the token is ever shown.
 *
 * @throws AppError FORBIDDEN `api_keys_disabled`, or `api_key.beyond_maker` when a key makes one that may do, reach or
 *   last more than itself · UNPROCESSABLE_CONTENT at field `projects`
 */
export async function createApiKey(
  context: Context,
  input: z.output<typeof createApiKeyInput>,
): Promise<CreatedApiKeyView> {
  const access = authorize(context.actor, 'apiKeys.write', input.organisation);
  if (!context.settings.apiKeysEnabled) {
    throw new AppError('FORBIDDEN', 'API keys are switched off on this instance.', {
      reason: 'api_keys_disabled',
    });
  }
  return inOrganisation(context.database, access.organisationId, async () => {
    const { organisationId } = access;
    const [apiKeyId, token, createdAt] = [uuidv7(), newApiKeyToken(), context.now()];
    const scopes = [...new Set(input.scopes)];
    const { expires_in_days: days } = input;
    const expiresAt = days === undefined ? null : new Date(createdAt.getTime() + days * DAY_MS);

    await assertMakerIsActive(context);
    await refuseBeyondMaker(context, { scopes, expiresAt });
    const projectIds = await projectsFor(access, input.projects);
    const key = await ApiKey.query()
      .insert({
        ...{ organisationId, id: apiKeyId, name: input.name, scopes, createdAt, expiresAt },
        ...{ tokenSha256: hashApiKeyToken(token), tokenStart: startOfApiKeyToken(token) },
        ...{ limitedToProjects: projectIds !== null, ...authorOf(context) },
      })
      .returning('*');
    if (projectIds) {
      await ApiKeyProject.query().insert(
        projectIds.map((projectId) => ({ organisationId, apiKeyId, projectId })),
      );
    }
    const detail = { name: key.name, scopes, projectIds };
    await record(context, { action: 'apiKey.create', subjectKind: 'apiKey', subjectId: apiKeyId, detail });
    const view = await viewerOf([key]);
    return { ...view(key), token };
  });
}

/** @throws AppError NOT_FOUND */
export async function getApiKey(context: Context, input: z.output<typeof apiKeyRef>): Promise<ApiKeyView> {
  const access = authorize(context.actor, 'apiKeys.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const key = await keysInside(access).findOne('id', input.api_key_id);
    if (!key) throw notFound('API key');
    return (await viewerOf([key]))(key);
  });
}

/**
 * Makes a key stop at once, everywhere. Revoking it again changes nothing.
 *
 * @throws AppError NOT_FOUND · CONFLICT `api_key.changed` when it is not what the caller takes it for, with the key in
 *   `data` · FORBIDDEN `api_key.beyond_maker` when a key revokes one that may do more than itself
 */
export async function revokeApiKey(
  context: Context,
  input: z.output<typeof revokeApiKeyInput>,
): Promise<ApiKeyView> {
  const access = authorize(context.actor, 'apiKeys.write', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { organisationId } = access;
    const key = await keysInside(access).findOne('id', input.api_key_id).forUpdate();
    if (!key) throw notFound('API key');
    const view = await viewerOf([key]);
    if (input.state && input.state !== (key.revokedAt ? 'revoked' : 'active')) {
      throw new AppError('CONFLICT', `This API key is ${key.revokedAt ? 'revoked' : 'active'} by now.`, {
        reason: 'api_key.changed',
        data: { current: view(key) },
      });
    }
    if (key.revokedAt) return view(key);
    refuseScopesBeyond(context, key.scopes);
    key.revokedAt = context.now();
    await ApiKey.query().where({ id: key.id }).patch({ revokedAt: key.revokedAt });
    const detail = { name: key.name };
    await record(context, { action: 'apiKey.revoke', subjectKind: 'apiKey', subjectId: key.id, detail });
    await announce(context, {
      kind: 'apiKey',
      organisationId,
      apiKeyId: key.id,
      tokenSha256: key.tokenSha256,
    });
    return view(key);
  });
}

/**
 * Lists the keys that a key created, directly or through other keys, and that aren't revoked. Revoking a key doesn't
 * revoke them, so the person who does it has to see them.
 *
 * @throws AppError NOT_FOUND
 */
export async function listApiKeyDescendants(
  context: Context,
  input: z.output<typeof apiKeyRef>,
): Promise<ApiKeyDescendant[]> {
  const access = authorize(context.actor, 'apiKeys.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const key = await keysInside(access).findOne('id', input.api_key_id);
    if (!key) throw notFound('API key');
    const descent = await listDescent({ apiKeyId: key.id });
    return descent.map(({ id: keyId, name, tokenStart }) => ({ id: keyId, name, token_start: tokenStart }));
  });
}

/** The keys that an actor may know of: a limited key those that reach none but its own projects. */
function keysInside({ projectIds }: Access) {
  const query = ApiKey.query();
  if (projectIds === null) return query;
  return query
    .where('limitedToProjects', true)
    .whereNotExists(
      ApiKeyProject.query()
        .whereColumn('api_key_projects.api_key_id', 'api_keys.id')
        .whereNotIn('projectId', projectIds),
    );
}

/**
 * @param refs ids or slugs; without any the maker's own limits
 * @returns ids of projects; `null`: all
 */
async function projectsFor(access: Access, refs: readonly string[] | undefined): Promise<string[] | null> {
  if (!refs) return access.projectIds;
  const projects = await Project.query()
    .select('id', 'slug')
    .whereIn('slug', refs)
    .orWhereIn(
      'id',
      refs.filter((ref) => id.safeParse(ref).success),
    );
  const reachable = projects.filter(
    (project) => !access.projectIds || access.projectIds.includes(project.id),
  );
  const found = refs.map((ref) => {
    const project =
      reachable.find((candidate) => candidate.id === ref.toLowerCase()) ??
      reachable.find((candidate) => candidate.slug === ref);
    if (!project) throw invalid('projects', `There is no project ${ref}.`);
    return project.id;
  });
  return [...new Set(found)];
}

/** Loads authors and projects of all keys at once. @returns what gives a key as it is shown */
async function viewerOf(keys: readonly ApiKey[]): Promise<(key: ApiKey) => ApiKeyView> {
  const limits = (await ApiKeyProject.query()
    .join('projects', 'projects.id', 'api_key_projects.project_id')
    .whereIn(
      'apiKeyId',
      keys.map((key) => key.id),
    )
    .orderBy('projects.slug')
    .select('api_key_projects.*', 'projects.slug')) as (ApiKeyProject & { slug: string })[];
  const author = await loadAuthors(keys);
  return (key) => ({
    id: key.id,
    name: key.name,
    token_start: key.tokenStart,
    scopes: key.scopes,
    projects: key.limitedToProjects
      ? limits.filter(({ apiKeyId }) => apiKeyId === key.id).map(({ slug }) => slug)
      : null,
    created_at: key.createdAt.toISOString(),
    created_by: author(key),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  });
}

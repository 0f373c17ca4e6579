import { AppError, notFound, unauthenticated } from '../errors.ts';
import type { Actor, ApiKeyActor, UserActor } from './actor.ts';
import { PERMISSIONS, roleAllows, scopesAllow, type Permission } from './permissions.ts';

/** Refused for what the actor may not, in an organisation that it belongs to: the door puts it into the audit log. */
export class AccessDenied extends AppError {
  readonly denied: Denied;

  constructor(denied: Denied, message: string, reason = 'forbidden') {
    super('FORBIDDEN', message, { reason });
    this.denied = denied;
  }
}

interface Denied {
  actor: UserActor | ApiKeyActor;
  organisationId: string;
  permission: Permission;
}

/** What an actor was found to be allowed: the organisation it acts in, and further questions it may be asked. */
export interface Access {
  organisationId: string;
  organisationSlug: string;
  /** Also allowed? For what depends on the row, such as archiving something published. */
  allows(permission: Permission): boolean;
  /** @throws AccessDenied when not allowed. */
  require(permission: Permission): void;
  /** Projects that an API key is limited to; `null`: all. Outside of them everything is "not found". */
  projectIds: string[] | null;
  /** @throws AppError NOT_FOUND when a key's limits leave the project out. */
  requireProject(projectId: string, what?: string): void;
}

/**
 * The first statement of every service function: may this actor do this in that organisation?
 *
 * @param organisation slug of the organisation. A key belongs to one, so it may be left out; so may a user who is
 *   a member of exactly one.
 * @throws AppError UNAUTHORIZED nobody is signed in · NOT_FOUND no member (or a key of another organisation) ·
 *   FORBIDDEN the role or the scopes do not allow it · UNPROCESSABLE_CONTENT the organisation has to be named
 */
export function authorize(actor: Actor, permission: Permission, organisation?: string): Access {
  if (actor.kind === 'anonymous') throw unauthenticated();
  const access = actor.kind === 'user' ? userAccess(actor, organisation) : keyAccess(actor, organisation);
  access.require(permission);
  return access;
}

/** The organisation that a call is about, when the actor belongs to it; what it may do there is another question. */
export function findOrganisationId(actor: Actor, organisation: string | undefined): string | undefined {
  if (actor.kind === 'anonymous') return undefined;
  const own = actor.kind === 'user' ? actor.memberships : [actor];
  if (organisation === undefined) return own.length === 1 ? own[0]?.organisationId : undefined;
  return own.find((one) => one.organisationSlug === organisation)?.organisationId;
}

function userAccess(actor: UserActor, organisation: string | undefined): Access {
  const [only, second] = actor.memberships;
  if (organisation === undefined && second) {
    const message = 'You are a member of several organisations: say which one by its slug.';
    throw new AppError('UNPROCESSABLE_CONTENT', message, {
      reason: 'organisation_required',
      details: [{ field: 'organisation', message }],
    });
  }
  const membership =
    organisation === undefined
      ? only
      : actor.memberships.find((candidate) => candidate.organisationSlug === organisation);
  if (!membership) throw notFound('organisation');
  return makeAccess(actor, membership.organisationId, membership.organisationSlug, null, (permission) =>
    roleAllows(membership.role, permission)
      ? undefined
      : `Your role here is ${membership.role}. This needs ${list(PERMISSIONS[permission].roles)}.`,
  );
}

function keyAccess(actor: ApiKeyActor, organisation: string | undefined): Access {
  if (organisation !== undefined && organisation !== actor.organisationSlug) throw notFound('organisation');
  return makeAccess(actor, actor.organisationId, actor.organisationSlug, actor.projectIds, (permission) =>
    scopesAllow(actor.scopes, permission)
      ? undefined
      : `This API key lacks the scope ${list(PERMISSIONS[permission].scopes)}.`,
  );
}

function makeAccess(
  actor: UserActor | ApiKeyActor,
  organisationId: string,
  organisationSlug: string,
  projectIds: string[] | null,
  refusal: (permission: Permission) => string | undefined,
): Access {
  return {
    organisationId,
    organisationSlug,
    projectIds,
    allows: (permission) => refusal(permission) === undefined,
    require: (permission) => {
      const message = refusal(permission);
      if (message) throw new AccessDenied({ actor, organisationId, permission }, message);
    },
    requireProject: (projectId, what = 'project') => {
      if (projectIds && !projectIds.includes(projectId)) throw notFound(what);
    },
  };
}

/** "a", "a or b", "a, b or c" */
function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

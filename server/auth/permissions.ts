import type { MemberRole } from '../schemas/accounts.ts';
import type { Scope } from '../schemas/api-keys.ts';

/** One row of the table: the roles that may, and the scopes of an API key that allow it. */
interface Rule {
  roles: readonly MemberRole[];
  scopes: readonly Scope[];
}

const EVERYBODY: readonly MemberRole[] = ['owner', 'admin', 'member', 'viewer'];
const WRITERS: readonly MemberRole[] = ['owner', 'admin', 'member'];
const ADMINS: readonly MemberRole[] = ['owner', 'admin'];

const ANY_SCOPE: readonly Scope[] = [
  'read:prompts',
  'read:drafts',
  'write:prompts',
  'publish:versions',
  'manage:organisation',
];

/**
 * Who may do what: the only such table. A user needs one of the roles, an API key one of the scopes.
 *
 * Which projects and prompt sets there are may be asked with any scope, or a key that only writes or publishes
 * could not find what it writes to.
 */
export const PERMISSIONS = {
  'projects.read': { roles: EVERYBODY, scopes: ANY_SCOPE },
  'prompts.read': { roles: EVERYBODY, scopes: ['read:prompts'] },
  'drafts.read': { roles: EVERYBODY, scopes: ['read:drafts'] },
  'versions.propose': {
    roles: EVERYBODY,
    scopes: ['read:drafts', 'publish:versions', 'manage:organisation'],
  },
  'prompts.write': { roles: WRITERS, scopes: ['write:prompts', 'manage:organisation'] },
  'prompts.archivePublished': { roles: ADMINS, scopes: ['manage:organisation'] },
  'versions.publish': { roles: WRITERS, scopes: ['publish:versions', 'manage:organisation'] },
  'labels.move': { roles: WRITERS, scopes: ['publish:versions', 'manage:organisation'] },
  'projects.write': { roles: ADMINS, scopes: ['manage:organisation'] },
  'apiKeys.read': { roles: ADMINS, scopes: ['manage:organisation'] },
  'apiKeys.write': { roles: ADMINS, scopes: ['manage:organisation'] },
} as const satisfies Record<string, Rule>;

export type Permission = keyof typeof PERMISSIONS;

/** @returns whether a member with this role may */
export function roleAllows(role: MemberRole, permission: Permission): boolean {
  return PERMISSIONS[permission].roles.includes(role);
}

/** @returns whether a key with these scopes may */
export function scopesAllow(scopes: readonly Scope[], permission: Permission): boolean {
  return PERMISSIONS[permission].scopes.some((scope) => scopes.includes(scope));
}

import { describe, expect, it } from 'vitest';
import { PERMISSIONS, roleAllows, scopesAllow, type Permission } from './permissions.ts';

const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
const SCOPES = [
  'read:prompts',
  'read:drafts',
  'write:prompts',
  'publish:versions',
  'manage:organisation',
] as const;

/** Typed by hand from product.md: which roles, and which single scopes, allow what. */
const EXPECTED: Record<Permission, { roles: string; scopes: string }> = {
  'projects.read': {
    roles: 'owner admin member viewer',
    scopes: 'read:prompts read:drafts write:prompts publish:versions manage:organisation',
  },
  'prompts.read': { roles: 'owner admin member viewer', scopes: 'read:prompts' },
  'drafts.read': { roles: 'owner admin member viewer', scopes: 'read:drafts' },
  'versions.propose': {
    roles: 'owner admin member viewer',
    scopes: 'read:drafts publish:versions manage:organisation',
  },
  'prompts.write': { roles: 'owner admin member', scopes: 'write:prompts manage:organisation' },
  'prompts.archivePublished': { roles: 'owner admin', scopes: 'manage:organisation' },
  'versions.publish': { roles: 'owner admin member', scopes: 'publish:versions manage:organisation' },
  'labels.move': { roles: 'owner admin member', scopes: 'publish:versions manage:organisation' },
  'projects.write': { roles: 'owner admin', scopes: 'manage:organisation' },
  'apiKeys.read': { roles: 'owner admin', scopes: 'manage:organisation' },
  'apiKeys.write': { roles: 'owner admin', scopes: 'manage:organisation' },
};

describe('permissions', () => {
  it.each(Object.entries(EXPECTED))('%s belongs to exactly these roles and scopes', (name, expected) => {
    const permission = name as Permission;
    expect(ROLES.filter((role) => roleAllows(role, permission)).join(' ')).toBe(expected.roles);
    expect(SCOPES.filter((scope) => scopesAllow([scope], permission)).join(' ')).toBe(expected.scopes);
  });

  it('are all in this table', () => {
    expect(Object.keys(PERMISSIONS).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it('are allowed to a key by any one of its scopes, and by none to a key without scopes', () => {
    expect(scopesAllow(['read:prompts', 'write:prompts'], 'prompts.write')).toBe(true);
    expect(scopesAllow(['write:prompts', 'read:prompts'], 'prompts.write')).toBe(true);
    expect(scopesAllow([], 'projects.read')).toBe(false);
  });
});

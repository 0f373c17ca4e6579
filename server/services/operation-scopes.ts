import { PERMISSIONS, type Permission } from '../auth/permissions.ts';
import type { Scope } from '../schemas/api-keys.ts';

/** Returns the scopes of which an API key needs one, in order to use one of these permissions. */
export function scopesFor(permissions: readonly Permission[]): Scope[] {
  return [...new Set(permissions.flatMap((permission) => PERMISSIONS[permission].scopes))];
}

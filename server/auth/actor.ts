import type { MemberRole } from '../schemas/accounts.ts';
import type { Scope } from '../schemas/api-keys.ts';

/** A membership of the signed-in user, read with the session. */
export interface ActorMembership {
  organisationId: string;
  organisationSlug: string;
  organisationName: string;
  role: MemberRole;
}

export interface UserActor {
  kind: 'user';
  userId: string;
  name: string;
  email: string;
  isAddressConfirmed: boolean;
  sessionId: string;
  memberships: ActorMembership[];
}

export interface ApiKeyActor {
  kind: 'apiKey';
  apiKeyId: string;
  name: string;
  organisationId: string;
  organisationSlug: string;
  scopes: Scope[];
  /** `null`: every project of the organisation. */
  projectIds: string[] | null;
}

/** Who asks. Built once per request; nothing below http/ sees the request itself. */
export type Actor = { kind: 'anonymous' } | UserActor | ApiKeyActor;

export const ANONYMOUS: Actor = { kind: 'anonymous' };

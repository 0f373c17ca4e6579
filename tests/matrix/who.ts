/** Everybody who asks in the matrix. */
export const PEOPLE = ['owner', 'admin', 'member', 'viewer'] as const;
export const SCOPES = [
  'read:prompts',
  'read:drafts',
  'write:prompts',
  'publish:versions',
  'manage:organisation',
] as const;
export const WHO = [
  'anonymous',
  ...PEOPLE,
  /** Owner of another organisation. */
  'stranger',
  /** A key of that other organisation, with all scopes. */
  'stranger’s key',
  ...SCOPES,
  'all scopes',
  /** All scopes, limited to a project where the thing is not. */
  'elsewhere',
] as const;
export type Who = (typeof WHO)[number];

export function isPerson(who: Who): boolean {
  return who === 'stranger' || PEOPLE.some((person) => person === who);
}

export interface Right {
  people: string;
  /** Scopes, any one of which is enough. */
  keys: string;
}

const EVERYBODY = 'owner admin member viewer';

/**
 * Who may do what, typed by hand from product.md 5 ("Who may do what"), in its order. What is tested never stands
 * behind what is expected: nothing here may come from server/auth/permissions.ts.
 */
export const RIGHTS = {
  /** Row 1; `read:prompts`: "fetch, render, resolve; list and read what is published". */
  readPublished: { people: EVERYBODY, keys: 'read:prompts' },
  /** Row 1; `read:drafts`: "drafts, revisions, compare with them". */
  readDrafts: { people: EVERYBODY, keys: 'read:drafts' },
  /** Row 1; which projects and sets there are: whatever a key is for, it has to find it. */
  findSets: {
    people: EVERYBODY,
    keys: 'read:prompts read:drafts write:prompts publish:versions manage:organisation',
  },
  /** Row 1; whoever publishes has to see what goes out, and its checksum. */
  seeNextVersion: { people: EVERYBODY, keys: 'read:drafts publish:versions manage:organisation' },
  /** Row 2; `write:prompts`: "create and edit sets, prompts, drafts; import". */
  edit: { people: 'owner admin member', keys: 'write:prompts manage:organisation' },
  /** Row 2; `publish:versions`: "publish, move unprotected labels". */
  publish: { people: 'owner admin member', keys: 'publish:versions manage:organisation' },
  /** Row 3: "archive, restore what was published". */
  archivePublished: { people: 'owner admin', keys: 'manage:organisation' },
  /** Row 3: "projects". */
  makeProjects: { people: 'owner admin', keys: 'manage:organisation' },
  /** Row 4: "API keys". */
  manageKeys: { people: 'owner admin', keys: 'manage:organisation' },
} as const satisfies Record<string, Right>;

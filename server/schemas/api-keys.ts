import { z } from 'zod';
import { list, wholeNumber } from './bounded.ts';
import { authorView, id, nameText, organisationInput, pageInput, text, time } from './common.ts';

export const SCOPES = [
  'read:prompts',
  'read:drafts',
  'write:prompts',
  'publish:versions',
  'manage:organisation',
] as const;
export const scope = z.enum(SCOPES);
export type Scope = z.infer<typeof scope>;

export const apiKeyView = z.object({
  id,
  name: z.string(),
  token_start: z.string().describe('The first characters of the token, to tell one from another.'),
  scopes: z.array(scope).describe('What the key may do.'),
  projects: z
    .array(z.string())
    .nullable()
    .describe('Slugs of the projects that the key is limited to; `null`: all.'),
  created_at: time,
  created_by: authorView,
  expires_at: time.nullable().describe('When it stops by itself; `null`: never.'),
  last_used_at: time.nullable().describe('To the minute; `null`: not yet.'),
  revoked_at: time.nullable().describe('When somebody revoked it; `null`: nobody has.'),
});
export type ApiKeyView = z.infer<typeof apiKeyView>;

/** The only answer that holds a token. It is never shown again. */
export const createdApiKeyView = apiKeyView.extend({
  token: z.string().describe('The secret; shown in this answer and never again.'),
});
export type CreatedApiKeyView = z.infer<typeof createdApiKeyView>;

/** A key that another key created, directly or through other keys, and that still works. */
export const apiKeyDescendant = apiKeyView.pick({ id: true, name: true, token_start: true });
export type ApiKeyDescendant = z.infer<typeof apiKeyDescendant>;

export const listApiKeysInput = organisationInput.extend(pageInput.shape);
export const createApiKeyInput = organisationInput.extend({
  name: nameText,
  scopes: list(scope, SCOPES.length, 'Choose at least one scope.').describe(
    'What the key may do; at least one.',
  ),
  projects: list(text(64), 100, 'At least one project.')
    .optional()
    .describe('Ids or slugs of the projects to limit the key to; all projects when left out.'),
  expires_in_days: wholeNumber(1, 3_650)
    .optional()
    .describe('After how many days the key stops by itself; never when left out.'),
});
export type CreateApiKeyInput = z.input<typeof createApiKeyInput>;
export const apiKeyRef = organisationInput.extend({ api_key_id: id });
/** What a key can be: its `ETag` over REST. */
export const apiKeyState = z.enum(['active', 'revoked']);
export const revokeApiKeyInput = apiKeyRef.extend({
  /** What the caller takes it for; left out where that does not matter. */
  state: apiKeyState.optional(),
});

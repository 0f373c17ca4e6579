import type { ApiKeyView } from '#server/schemas/api-keys.ts';

/** Whether a key still works, and whether somebody should think of its end. */
export type KeyState = 'live' | 'ends-soon' | 'expired' | 'revoked';

/** Less than a key of a week has at first: a warning that stands from the start warns nobody. */
const SOON_DAYS = 5;
const DAY_MS = 86_400_000;

/** @param now of the server, which decides */
export function stateOfKey(key: Pick<ApiKeyView, 'revoked_at' | 'expires_at'>, now: Date): KeyState {
  if (key.revoked_at) return 'revoked';
  if (!key.expires_at) return 'live';
  const left = Date.parse(key.expires_at) - now.getTime();
  if (left <= 0) return 'expired';
  return left < SOON_DAYS * DAY_MS ? 'ends-soon' : 'live';
}

import { z } from 'zod';
import { id, sha256Hex } from './common.ts';

/** The PostgreSQL channel that every server listens on. */
export const EVENT_CHANNEL = 'anvil_events';

/** Something moved that programs fetch. Only these are notified: NOTIFY takes a global lock at commit. */
export const domainEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('set'), organisationId: id, setId: id }),
  z.object({ kind: z.literal('apiKey'), organisationId: id, apiKeyId: id, tokenSha256: sha256Hex }),
]);
export type DomainEvent = z.infer<typeof domainEvent>;

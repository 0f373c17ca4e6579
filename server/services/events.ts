import { afterCommit, currentTransaction } from '#db/tenancy.ts';
import type { Context } from './context.ts';

/** Something moved that programs fetch. Only these are notified: NOTIFY takes a global lock at commit. */
export type DomainEvent =
  | { kind: 'set'; organisationId: string; setId: string }
  | { kind: 'apiKey'; organisationId: string; apiKeyId: string; tokenSha256: string };

/** The PostgreSQL channel that every server listens on. */
export const EVENT_CHANNEL = 'anvil_events';

/**
 * Tells every server, with the transaction that is running; this process at once after the commit, so that whoever
 * publishes, moves or revokes sees it in the very next answer.
 */
export async function announce(context: Context, event: DomainEvent): Promise<void> {
  await currentTransaction().raw('select pg_notify(?, ?)', [EVENT_CHANNEL, JSON.stringify(event)]);
  afterCommit(() => context.onEvent(event));
}

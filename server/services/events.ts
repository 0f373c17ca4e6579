import { afterCommit, currentTransaction } from '#db/tenancy.ts';
import { EVENT_CHANNEL, type DomainEvent } from '../schemas/domain-events.ts';
import type { Context } from './context.ts';

/**
 * Tells every server, with the transaction that is running; this process at once after the commit, so that whoever
 * publishes, moves or revokes sees it in the very next answer.
 */
export async function announce(context: Context, event: DomainEvent): Promise<void> {
  await currentTransaction().raw('select pg_notify(?, ?)', [EVENT_CHANNEL, JSON.stringify(event)]);
  afterCommit(() => context.onEvent(event));
}

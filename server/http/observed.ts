import type { Database } from '#db/connections.ts';
import type { Freshness } from '../delivery/freshness.ts';
import type { Observed } from '../telemetry/meters.ts';

/** What the meters look at in a running server. */
export function observeServer({
  database,
  freshness,
  now,
}: {
  database: Database;
  freshness: Freshness;
  now: () => number;
}): Observed {
  let lastVerifiedAt = now();
  return {
    connections: () => {
      const { pool } = database.knex.client as {
        pool: Record<'numUsed' | 'numFree' | 'numPendingAcquires', () => number>;
      };
      const { totalCount, idleCount, waitingCount } = database.delivery;
      return [
        { pool: 'services', used: pool.numUsed(), idle: pool.numFree(), waiting: pool.numPendingAcquires() },
        { pool: 'delivery', used: totalCount - idleCount, idle: idleCount, waiting: waitingCount },
      ];
    },
    unverifiedSeconds: () => {
      if (freshness.liveSince !== undefined) lastVerifiedAt = now();
      return Math.max(0, (now() - lastVerifiedAt) / 1_000);
    },
    jobs: async () => {
      const { rows } = await database.delivery.query<{ waiting: number; failed: number }>(
        `select count(*) filter (where attempts < max_attempts)::int as waiting,
                count(*) filter (where attempts >= max_attempts)::int as failed
         from graphile_worker.jobs`,
      );
      return rows[0] ?? { waiting: 0, failed: 0 };
    },
  };
}

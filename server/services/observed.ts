import type { Database } from '#db/connections.ts';
import type { Observed } from '../telemetry/meters.ts';

/** What the meters see of the database: who holds its connections, and its jobs. */
export function observeDatabase(database: Database): Pick<Observed, 'connections' | 'jobs'> {
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

import { createHash } from 'node:crypto';
import type { Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import type { AttemptCounters } from '../limits.ts';

/**
 * Attempts that all servers count together, by the database's clock. Each count is a transaction of its own, so it
 * stays when what was tried fails. (rate-limiter-flexible's own store prepares named statements, which a pooler in
 * transaction mode loses.)
 */
export function createSharedAttempts(database: Database): AttemptCounters {
  return {
    add: (key, seconds) =>
      acrossOrganisations(database, 'attempts of all servers are counted', async () => {
        const { rows } = await currentTransaction().raw<{ rows: [{ count: number; msLeft: number }] }>(
          `insert into rate_limits as known (key, points, expires_at)
             values (:key, 1, now() + make_interval(secs => :seconds))
           on conflict (key) do update set
             points = case when known.expires_at <= now() then 1 else known.points + 1 end,
             expires_at = case when known.expires_at <= now() then excluded.expires_at else known.expires_at end
           returning points as count, ceil(extract(epoch from expires_at - now()) * 1000)::float8 as "msLeft"`,
          { key: hashOf(key), seconds },
        );
        return rows[0];
      }),
    takeBack: (key) =>
      acrossOrganisations(database, 'an attempt does not count', async () => {
        await currentTransaction()
          .table('rateLimits')
          .where({ key: hashOf(key) })
          .where('points', '>', 0)
          .decrement('points', 1);
      }),
    forget: (keys) =>
      acrossOrganisations(database, 'attempts are forgotten', async () => {
        await currentTransaction().table('rateLimits').whereIn('key', keys.map(hashOf)).delete();
      }),
  };
}

/** Clears counts away whose time is over. */
export async function clearOldAttempts(database: Database): Promise<void> {
  await acrossOrganisations(database, 'old counts of attempts are cleared away', () =>
    currentTransaction().table('rateLimits').whereRaw('expires_at <= now()').delete(),
  );
}

/** Neither addresses nor e-mails lie in the table, and every key has one length. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

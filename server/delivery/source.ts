import type pg from 'pg';
import type { PoolProbe } from '#db/probe.ts';
import type { AppError } from '../errors.ts';
import {
  selectContentByHash,
  selectContents,
  selectDraftContents,
  selectKey,
  selectSet,
  type ContentRow,
  type KeyRow,
  type SetRow,
} from './sql.ts';
import { databaseUnavailable, isUnavailable } from './unavailable.ts';

/** The reads of delivery. Each method rejects with SERVICE_UNAVAILABLE when it can't be asked. */
export interface DeliverySource {
  selectKey(tokenSha256: string): Promise<KeyRow | undefined>;
  selectSet(input: Parameters<typeof selectSet>[1]): Promise<SetRow | undefined>;
  selectContents(input: Parameters<typeof selectContents>[1]): Promise<ContentRow[]>;
  selectDraftContents(input: Parameters<typeof selectDraftContents>[1]): Promise<ContentRow[]>;
  selectContentByHash(input: Parameters<typeof selectContentByHash>[1]): Promise<string | undefined>;
}

/** Knows whether the database can be asked, see db/probe.ts. */
export type Reachability = Pick<PoolProbe, 'isReachable' | 'check' | 'onFailure'>;

/**
 * Reads through the delivery pool. While the probe can't reach the database, each read is refused at once instead of waiting
 * for a connection, and so are the reads that wait when a probe fails. Known prompts are thus answered without delay.
 */
export function createDeliverySource(pool: pg.Pool, probe: Reachability): DeliverySource {
  const waiting = new Set<(error: AppError) => void>();
  probe.onFailure(() => {
    for (const refuse of waiting) refuse(databaseUnavailable());
  });

  function read<T>(query: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!probe.isReachable) return reject(databaseUnavailable());
      waiting.add(reject);
      query()
        .then(resolve, (error: Error) => {
          // The probe finds out whether only this connection is lost.
          if (isUnavailable(error)) void probe.check();
          reject(error);
        })
        .finally(() => waiting.delete(reject));
    });
  }

  return {
    selectKey: (tokenSha256) => read(() => selectKey(pool, tokenSha256)),
    selectSet: (input) => read(() => selectSet(pool, input)),
    selectContents: (input) => read(() => selectContents(pool, input)),
    selectDraftContents: (input) => read(() => selectDraftContents(pool, input)),
    selectContentByHash: (input) => read(() => selectContentByHash(pool, input)),
  };
}

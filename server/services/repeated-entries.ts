import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/connections.ts';
import type { AuthorKind } from '#db/models/index.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';
import { toAppError } from '../errors.ts';

/**
 * What may happen very often: sign-ins, sign-outs, denials. The first in an hour is an audit entry like any other, and
 * never changed; further ones are counted in a row beside it (`audit_repeats`), so that nobody can flood the log.
 */
export interface RepeatedEntry {
  /** Where it stands: in each organisation that it concerns. */
  organisationIds: readonly string[];
  actorKind: AuthorKind;
  actorId: string;
  action: 'account.signIn' | 'account.signInFailed' | 'account.signOut' | 'access.denied';
  /** What tells several of one action apart, such as the permission; shown as the entry's detail. */
  detail: { permission?: string };
  requestId: string;
  at: Date;
}

const HOUR_MS = 60 * 60_000;

/**
 * Writes the entry, or counts it when it has one in this hour. In the transaction of the scope, which has to be the
 * owner's where several organisations are named.
 *
 * @param times how often it happened
 */
export async function recordRepeated(entry: RepeatedEntry, times = 1): Promise<void> {
  // In order, so that two of these never wait for each other.
  const organisationIds = [...new Set(entry.organisationIds)].sort();
  if (organisationIds.length === 0) return;
  const { actorKind, actorId, action, detail, requestId, at } = entry;
  const hour = new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS);
  const isAccount = action !== 'access.denied';
  await currentTransaction().raw(
    `with fresh as (
       select * from unnest(:organisationIds::uuid[], :entryIds::uuid[]) as each (organisation_id, entry_id)
     ), counted as (
       insert into audit_repeats as known
         (organisation_id, actor_kind, actor_id, action, about, hour, entry_id, times, last_at)
       select organisation_id, :actorKind, :actorId, :action, :about, :hour, entry_id, :times, :at from fresh
       on conflict (organisation_id, actor_kind, actor_id, action, about, hour) do update
         set times = known.times + excluded.times, last_at = greatest(known.last_at, excluded.last_at)
       returning organisation_id, entry_id
     )
     insert into audit_entries
       (organisation_id, id, actor_kind, actor_id, action, subject_kind, subject_id, detail, request_id, created_at)
     select organisation_id, entry_id, :actorKind, :actorId, :action, :subjectKind,
       case when :isAccount::boolean then :actorId::uuid else organisation_id end, :detail::jsonb, :requestId, :at
     from counted join fresh using (organisation_id, entry_id)`,
    {
      ...{ organisationIds, entryIds: organisationIds.map(() => uuidv7()) },
      ...{ actorKind, actorId, action, hour, at, times, requestId, isAccount },
      ...{ about: detail.permission ?? '', detail: JSON.stringify(detail) },
      subjectKind: isAccount ? 'user' : 'organisation',
    },
  );
}

/** Takes what happens outside of any work's transaction, and writes it behind the answers. */
export interface AuditNotes {
  /** Costs nothing but memory: no answer waits for it, so its time tells nothing either. */
  note(entry: RepeatedEntry): void;
  /**
   * Writes what was noted, each in a transaction of its own. While the database is away it stays noted.
   *
   * @throws what the database said
   */
  flush(): Promise<void>;
}

/** Who and what can be noted at once. More would take that many actors being refused while the database is away. */
const NOTED_MAX = 10_000;

export function createAuditNotes({ database }: { database: Database }): AuditNotes {
  const noted = new Map<string, { entry: RepeatedEntry; times: number }>();
  let flushing: Promise<void> | undefined;

  function add(entry: RepeatedEntry, times: number): void {
    const hour = Math.floor(entry.at.getTime() / HOUR_MS);
    const key = [entry.action, entry.actorId, entry.detail.permission, hour, ...entry.organisationIds].join(
      ' ',
    );
    const known = noted.get(key);
    if (known) known.times += times;
    else if (noted.size < NOTED_MAX) noted.set(key, { entry, times });
  }

  async function write(): Promise<void> {
    const all = [...noted.values()];
    noted.clear();
    const failures: unknown[] = [];
    for (const { entry, times } of all) {
      try {
        await acrossOrganisations(database, 'sign-ins and denials are put into the audit log', () =>
          recordRepeated(entry, times),
        );
      } catch (error) {
        failures.push(error);
        if (toAppError(error).code === 'SERVICE_UNAVAILABLE') add(entry, times);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    note: (entry) => add(entry, 1),
    flush: () => {
      flushing ??= write().finally(() => (flushing = undefined));
      return flushing;
    },
  };
}

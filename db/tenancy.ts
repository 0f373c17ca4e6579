import type { Knex } from 'knex';
import { AsyncLocalStorage } from 'node:async_hooks';
import { APPLICATION_ROLE, type Database } from './connections.ts';
import { failureKind } from './errors.ts';
import { INTERACTIVE_LIMITS, setLimits } from './timeouts.ts';

interface Scope {
  /** `null`: the owner's scope, across organisations. */
  organisationId: string | null;
  transaction: Knex.Transaction;
  over: boolean;
  /** Run after the commit, in order; dropped when the transaction fails. */
  afterCommit: (() => void)[];
}

const scopes = new AsyncLocalStorage<Scope>();

/** Reads that share one transaction, one after the other. */
interface Reading {
  database: Database;
  /** Of the transaction that is open, if one is. */
  organisationId: string | undefined;
  transaction: Knex.Transaction | undefined;
  /** Ends when nobody is reading. */
  turns: Promise<unknown>;
  over: boolean;
}

const readings = new AsyncLocalStorage<Reading>();

/**
 * The transaction of the scope that the caller runs in; models take it from here.
 *
 * @throws Error outside `inOrganisation` and `acrossOrganisations`, or when the scope's transaction is over (a
 *   query that was not awaited inside it).
 */
export function currentTransaction(): Knex.Transaction {
  const scope = scopes.getStore();
  if (!scope) throw new Error('A query was made outside inOrganisation() and acrossOrganisations()');
  if (scope.over)
    throw new Error('A query was made after its transaction had ended: await it inside the scope');
  return scope.transaction;
}

/** The organisation of the scope that the caller runs in. @throws Error when there is none. */
export function currentOrganisationId(): string {
  const scope = scopes.getStore();
  if (!scope?.organisationId) throw new Error('No organisation: this needs inOrganisation()');
  return scope.organisationId;
}

/** Runs `callback` once the outermost transaction of this scope has committed; never when it fails. */
export function afterCommit(callback: () => void): void {
  const scope = scopes.getStore();
  if (!scope || scope.over) throw new Error('afterCommit() needs a running transaction');
  scope.afterCommit.push(callback);
}

/**
 * Runs `work` in one transaction as the application role with row security set to the organisation, or joins the
 * transaction of the surrounding scope. Nothing of another organisation can be read or written inside, whatever
 * the query forgets.
 *
 * @param limits of a transaction that is opened; a joined one keeps its own
 * @throws Error when a surrounding scope belongs to another organisation.
 */
export async function inOrganisation<T>(
  database: Database,
  organisationId: string,
  work: () => Promise<T>,
  limits = INTERACTIVE_LIMITS,
): Promise<T> {
  const outer = scopes.getStore();
  if (outer && !outer.over) {
    if (outer.organisationId !== organisationId) {
      throw new Error('inOrganisation() inside the transaction of another organisation');
    }
    return work();
  }
  const reading = readings.getStore();
  if (reading && !reading.over) return takeTurn(reading, organisationId, work);
  return run(database, organisationId, work, (transaction) =>
    becomeTenant(transaction, organisationId, limits),
  );
}

/**
 * The first statement of each tenant transaction. What it sets ends with the transaction, behind a pooler too. The limits
 * free the locks of a server that died (timeouts.ts).
 */
function becomeTenant(
  transaction: Knex.Transaction,
  organisationId: string,
  limits = INTERACTIVE_LIMITS,
): PromiseLike<unknown> {
  return transaction.raw(
    `${setLimits(limits)}, set_config('role', ?, true), set_config('anvil.organisation_id', ?, true)`,
    [APPLICATION_ROLE, organisationId],
  );
}

/**
 * Lets every `inOrganisation` inside `work` read in one transaction, which refuses to write: a page's loaders see one
 * state of the database and pay for one transaction. What would have run at once takes turns instead, since one
 * connection answers one query at a time. Without any such read it costs nothing.
 */
export async function readingTogether<T>(database: Database, work: () => Promise<T>): Promise<T> {
  const reading: Reading = {
    ...{ database, organisationId: undefined, transaction: undefined },
    turns: Promise.resolve(),
    over: false,
  };
  try {
    return await readings.run(reading, work);
  } finally {
    reading.over = true;
    await reading.turns;
    await endReading(reading);
  }
}

function takeTurn<T>(reading: Reading, organisationId: string, work: () => Promise<T>): Promise<T> {
  const turn = reading.turns.then(async () => {
    if (reading.organisationId !== organisationId) await endReading(reading);
    try {
      const transaction = reading.transaction ?? (await beginReading(reading, organisationId));
      const scope: Scope = { organisationId, transaction, over: false, afterCommit: [] };
      try {
        return await scopes.run(scope, async () => await work());
      } finally {
        scope.over = true;
      }
    } catch (error) {
      // A statement that failed may have taken the transaction with it, so the next read begins a new one.
      await endReading(reading);
      if (failureKind(error) === 'read_only')
        throw new Error('A write was attempted in a read-only transaction', { cause: error });
      throw error;
    }
  });
  reading.turns = turn.catch(() => undefined);
  return turn;
}

async function beginReading(reading: Reading, organisationId: string): Promise<Knex.Transaction> {
  const transaction = await reading.database.knex.transaction({ readOnly: true });
  reading.organisationId = organisationId;
  reading.transaction = transaction;
  await becomeTenant(transaction, organisationId);
  return transaction;
}

async function endReading(reading: Reading): Promise<void> {
  const { transaction } = reading;
  reading.transaction = undefined;
  // Nothing was written: a connection that is gone meanwhile loses nothing.
  await transaction?.rollback().catch(() => undefined);
}

/**
 * Runs `work` in one transaction as the owner role: row security does not apply. The one way around tenancy; every
 * use names its reason, so that they can be listed by searching for this name.
 */
export async function acrossOrganisations<T>(
  database: Database,
  reason: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!reason) throw new Error('acrossOrganisations() needs a reason');
  const outer = scopes.getStore();
  if (outer && !outer.over) {
    if (outer.organisationId !== null)
      throw new Error(`acrossOrganisations(${reason}) inside a tenant transaction`);
    return work();
  }
  return run(database, null, work, (transaction) =>
    transaction.raw(`${setLimits(INTERACTIVE_LIMITS)}, set_config('role', 'none', true)`),
  );
}

async function run<T>(
  database: Database,
  organisationId: string | null,
  work: () => Promise<T>,
  begin: (transaction: Knex.Transaction) => PromiseLike<unknown>,
): Promise<T> {
  const callbacks: (() => void)[] = [];
  const pool = organisationId === null ? database.ownerKnex : database.knex;
  const result = await pool.transaction(async (transaction) => {
    await begin(transaction);
    const scope: Scope = { organisationId, transaction, over: false, afterCommit: callbacks };
    try {
      // Builders are lazy: they have to be awaited inside the scope, or they would run outside of it.
      return await scopes.run(scope, async () => await work());
    } finally {
      scope.over = true;
    }
  });
  for (const callback of callbacks) callback();
  return result;
}

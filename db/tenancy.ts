import type { Knex } from 'knex';
import { AsyncLocalStorage } from 'node:async_hooks';
import { APPLICATION_ROLE, type Database } from './connections.ts';

interface Scope {
  /** `null`: the owner's scope, across organisations. */
  organisationId: string | null;
  transaction: Knex.Transaction;
  over: boolean;
  /** Run after the commit, in order; dropped when the transaction fails. */
  afterCommit: (() => void)[];
}

const scopes = new AsyncLocalStorage<Scope>();

/** How long one statement of a tenant transaction may run in the database. */
const STATEMENT_TIMEOUT = '30s';

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
 * @throws Error when a surrounding scope belongs to another organisation.
 */
export async function inOrganisation<T>(
  database: Database,
  organisationId: string,
  work: () => Promise<T>,
): Promise<T> {
  const outer = scopes.getStore();
  if (outer && !outer.over) {
    if (outer.organisationId !== organisationId) {
      throw new Error('inOrganisation() inside the transaction of another organisation');
    }
    return work();
  }
  return run(database, organisationId, work, (transaction) =>
    transaction.raw(
      `select set_config('role', ?, true), set_config('anvil.organisation_id', ?, true), set_config('statement_timeout', ?, true)`,
      [APPLICATION_ROLE, organisationId, STATEMENT_TIMEOUT],
    ),
  );
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
    transaction.raw(`select set_config('role', 'none', true), set_config('statement_timeout', ?, true)`, [
      STATEMENT_TIMEOUT,
    ]),
  );
}

async function run<T>(
  database: Database,
  organisationId: string | null,
  work: () => Promise<T>,
  begin: (transaction: Knex.Transaction) => PromiseLike<unknown>,
): Promise<T> {
  const callbacks: (() => void)[] = [];
  const result = await database.knex.transaction(async (transaction) => {
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

import type { Knex } from 'knex';
import { Model } from 'objection';
import { currentTransaction } from '../tenancy.ts';

/** Every model runs in the transaction of its scope (tenancy.ts); without one it throws. */
export class BaseModel extends Model {
  static override knex(): Knex;
  static override knex(knex?: Knex): Knex | void {
    if (knex) throw new Error('Models take their transaction from the scope and are not bound');
    return currentTransaction();
  }
}

/** Who did something: a person by page, or a program by its key. */
export type AuthorKind = 'user' | 'api_key';

import { numberedSlug, SLUG_LENGTH_MAX, slugFromName } from '@anvil/core/slug';
import type { Model, QueryBuilder } from 'objection';
import { ReservedSlug } from '#db/models/index.ts';
import { currentOrganisationId, currentTransaction } from '#db/tenancy.ts';
import { AppError } from '../errors.ts';

/** Every numbered form of a slug begins with as much of it: a number takes the place of at most as many characters. */
const SLUG_STEM_LENGTH = 50;

/** The refusal of a slug that is taken, at its field. */
export function slugTaken(slug: string, what: string, hint = 'Choose another one.'): AppError {
  const message = `There is a ${what} \`${slug}\` already. ${hint}`;
  return new AppError('CONFLICT', message, { reason: 'slug_taken', details: [{ field: 'slug', message }] });
}

/**
 * A slug of anything published belongs to that thing alone, for ever.
 *
 * @throws AppError CONFLICT when something else under this parent was published as `slug`
 */
export async function refuseReservedSlug(parentId: string, slug: string, thingId?: string): Promise<void> {
  const reserved = await ReservedSlug.query().findOne({ parentId, slug });
  if (!reserved || reserved.thingId === thingId) return;
  const message = `\`${slug}\` belongs to something that was published under it. Choose another slug.`;
  throw new AppError('CONFLICT', message, { reason: 'slug_reserved', details: [{ field: 'slug', message }] });
}

/** Keeps slugs for the things that were just published. What is kept already stays as it is. */
export async function reserveSlugs(
  rows: readonly { parentId: string; slug: string; thingId: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  const organisationId = currentOrganisationId();
  await ReservedSlug.query()
    .insert(rows.map((row) => ({ organisationId, ...row })))
    .onConflict(['organisation_id', 'parent_id', 'slug'])
    .ignore();
}

/**
 * Returns a free slug for a name: made from it, or from `fallback` if it holds no letter or digit, and numbered if it is
 * taken or reserved. The lock lasts until the transaction ends, so that several creations at the same time get different
 * numbers. One query finds the number, however many are taken.
 *
 * @param siblings what has a slug under the same parent
 */
export async function freeSlug(input: {
  parentId: string;
  name: string;
  fallback: string;
  siblings: QueryBuilder<Model>;
}): Promise<string> {
  const { parentId, siblings } = input;
  const base = slugFromName(input.name, input.fallback);
  const transaction = currentTransaction();
  await transaction.raw("select pg_advisory_xact_lock(hashtextextended('free slug under ' || ?, 0))", [
    parentId,
  ]);
  const withStem = (query: QueryBuilder<Model>) =>
    query.select('slug').whereRaw('starts_with(slug, ?)', [base.slice(0, SLUG_STEM_LENGTH)]);
  const taken = withStem(siblings).unionAll(withStem(ReservedSlug.query().where({ parentId })));
  // Among n + 1 candidates there is always one that isn't among n taken slugs. Candidates are what numberedSlug() makes.
  const { rows } = await transaction.raw<{ rows: { number: number }[] }>(
    `with taken as materialized (:taken), candidates as (
       select number, case number when 1 then :base
         else rtrim(left(:base, :room - length(number::text)), '-_') || '-' || number end as slug
       from generate_series(1, (select count(*)::int from taken) + 1) number
     )
     select min(number) as number from candidates where not exists (select from taken where taken.slug = candidates.slug)`,
    { taken: taken.toKnexQuery(), base, room: SLUG_LENGTH_MAX - 1 } as never,
  );
  const number = rows[0]?.number ?? 1;
  return number === 1 ? base : numberedSlug(base, number);
}

import { slugFromName, uniqueSlug } from '@anvil/core/slug';
import { currentTransaction } from '#db/tenancy.ts';

// What a new account writes, all in one transaction of acrossOrganisations(): its organisation is only being made.

/** @returns false when the address is taken, also by somebody at the same moment */
export async function insertAccount(account: {
  id: string;
  email: string;
  name: string;
  passwordHash: string;
  isPasswordNormalised: true;
  createdAt: Date;
  /** When the address was shown to be theirs. */
  confirmedAt?: Date;
}): Promise<boolean> {
  const inserted = await currentTransaction()
    .table('users')
    .insert(account)
    .onConflict('email')
    .ignore()
    .returning<{ id: string }[]>('id');
  return inserted.length === 1;
}

/** @returns false when the instance has its operator already */
export async function insertOperator(operator: { userId: string; createdAt: Date }): Promise<boolean> {
  const inserted = await currentTransaction()
    .table('operators')
    .insert(operator)
    .onConflict('onlyOne')
    .ignore()
    .returning<{ userId: string }[]>('userId');
  return inserted.length === 1;
}

/**
 * Makes an organisation with its first member as owner.
 *
 * @returns its slug: made from the name, numbered when it is taken or reserved
 */
export async function insertOrganisation(input: {
  id: string;
  name: string;
  createdAt: Date;
  owner: { userId: string; name: string };
}): Promise<string> {
  const { id, name, createdAt, owner } = input;
  const slug = await insertUnderFreeSlug({ id, name, createdAt });
  const transaction = currentTransaction();
  await transaction
    .table('memberships')
    .insert({ organisationId: id, userId: owner.userId, role: 'owner', createdAt });
  await transaction.table('people').insert({ organisationId: id, userId: owner.userId, name: owner.name });
  return slug;
}

/** Words that pages, documents or people would take for something else than an organisation. */
const RESERVED_ORGANISATION_SLUGS = new Set(
  'admin anvil api app assets docs help new null operator organisation organisations settings system undefined'.split(
    ' ',
  ),
);
/** What every numbered form of a slug begins with: numbers cut it to make room, at most that much. */
const SLUG_STEM_LENGTH = 50;

async function insertUnderFreeSlug(organisation: {
  id: string;
  name: string;
  createdAt: Date;
}): Promise<string> {
  const base = slugFromName(organisation.name, 'organisation');
  for (;;) {
    const transaction = currentTransaction();
    const taken = new Set(
      await transaction
        .table('organisations')
        .whereRaw('starts_with(slug, ?)', base.slice(0, SLUG_STEM_LENGTH))
        .pluck<string[]>('slug'),
    );
    const slug = uniqueSlug(
      base,
      (candidate) => RESERVED_ORGANISATION_SLUGS.has(candidate) || taken.has(candidate),
    );
    const inserted = await transaction
      .table('organisations')
      .insert({ ...organisation, slug })
      .onConflict('slug')
      .ignore()
      .returning<{ id: string }[]>('id');
    // Somebody who registered at the same moment took it and has committed: now it is seen.
    if (inserted.length === 1) return slug;
  }
}

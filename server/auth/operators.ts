import { currentTransaction } from '#db/tenancy.ts';

/** Makes the user the instance's operator, in place of whoever was. Inside `acrossOrganisations`. */
export async function grantOperator(userId: string): Promise<void> {
  await currentTransaction().table('operators').insert({ userId }).onConflict('onlyOne').merge(['userId']);
}

/** @returns false when the user is not the operator. Inside `acrossOrganisations`. */
export async function revokeOperator(userId: string): Promise<boolean> {
  return (await currentTransaction().table('operators').where({ userId }).delete()) > 0;
}

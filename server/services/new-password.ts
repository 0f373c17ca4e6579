import { assertUncommonPassword } from '../auth/passwords.ts';
import { invalid } from '../errors.ts';
import { opaqueString } from '../schemas/passwords.ts';
import type { Context } from './context.ts';

/**
 * Prepares and hashes a password that a person chooses, outside any transaction.
 *
 * @param email of the account, in lower case
 * @returns what a user's row stores of it
 * @throws AppError UNPROCESSABLE_CONTENT at field `password`: `password_too_common`, or when it is missing
 */
export async function hashNewPassword(
  context: Context,
  typed: string | undefined,
  email: string,
): Promise<{ passwordHash: string; isPasswordNormalised: true }> {
  if (typed === undefined) throw invalid('password', 'Choose a password.');
  const password = opaqueString(typed);
  assertUncommonPassword(password, email);
  return { passwordHash: await context.passwordHasher.hash(password), isPasswordNormalised: true };
}

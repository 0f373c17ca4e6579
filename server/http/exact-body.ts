import { findInexactNumbers, inexactNumber } from '@anvil/core/exact-numbers';
import { AppError } from '../errors.ts';

/**
 * Checks that JSON.parse doesn't round a number.
 *
 * @param text valid JSON
 * @returns UNPROCESSABLE_CONTENT `json.inexact_number` with the path of each number, or `undefined`
 */
export function checkNumbers(text: string): AppError | undefined {
  const details = findInexactNumbers(text).map(({ path, source }) => {
    const field = path.join('.');
    return { field, message: inexactNumber(field === '' ? 'The body' : `\`${field}\``, source) };
  });
  const [first] = details;
  if (first === undefined) return undefined;
  return new AppError('UNPROCESSABLE_CONTENT', first.message, { reason: 'json.inexact_number', details });
}

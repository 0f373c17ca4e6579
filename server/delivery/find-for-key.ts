import { toAppError } from '../errors.ts';
import { oldest, readPromptAddress } from './answers.ts';
import type { FoundKey } from './keys.ts';
import type { FoundPrompt, PromptCache } from './prompts.ts';
import { databaseUnavailable } from './unavailable.ts';

/**
 * Finds a prompt by the text of its address, for the holder of a key.
 *
 * @throws AppError BAD_REQUEST · FORBIDDEN · NOT_FOUND · SERVICE_UNAVAILABLE when it can't be told
 */
export function findForKey(prompts: PromptCache, found: FoundKey, text: string): Promise<FoundPrompt> {
  return refuseOnlyVerified(found, async () => {
    const { access, address } = readPromptAddress(found.key, text);
    const prompt = await prompts.find(access, address);
    return { ...prompt, verifiedAt: oldest(found.verifiedAt, prompt.verifiedAt) };
  });
}

/**
 * Does something for the holder of a key. A key that couldn't be verified now may have been revoked or changed, so what it may
 * not read and what doesn't exist can't be told.
 */
export async function refuseOnlyVerified<T>({ verifiedAt }: FoundKey, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isRefusal = ['FORBIDDEN', 'NOT_FOUND', 'GONE'].includes(toAppError(error).code);
    throw isRefusal && verifiedAt !== undefined ? databaseUnavailable(error) : error;
  }
}

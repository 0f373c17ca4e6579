/**
 * Like Promise.all, but waits for all even when one fails: then nothing goes on in a folder that is being removed.
 *
 * @throws the first reason
 */
export async function together(...work: readonly Promise<unknown>[]): Promise<void> {
  for (const end of await Promise.allSettled(work)) if (end.status === 'rejected') throw end.reason;
}

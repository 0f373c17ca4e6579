import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until something is so. What it throws meanwhile counts as "not yet", unless its message begins with "Anvil
 * ended": then nothing will come any more.
 *
 * @param what for the error, such as "the replica streaming"
 * @throws when it is not so within the time
 */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  { seconds = 60 }: { seconds?: number } = {},
): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const last = await isSo().catch((error: unknown) => error);
    if (last === true) return;
    if (last instanceof Error && last.message.startsWith('Anvil ended')) throw last;
    if (Date.now() > end) {
      throw new Error(`${what} has not come about within ${seconds} s`, { cause: last });
    }
    await sleep(200);
  }
}

/** Remembers what takes a part away again. */
export type Undo = (step: () => unknown) => void;

/**
 * Makes something of several parts. When one can't be made, those before it are taken away: what a failed set-up left
 * would be in the way of the next run on this machine.
 *
 * @param make calls `undo` for each part, and may hand on `remove`, which takes all away, the last first
 */
export async function makeWhole<T>(
  make: (undo: Undo, remove: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const steps: (() => unknown)[] = [];
  /** To the end, also when a step fails. @throws the first reason */
  const remove = async () => {
    const reasons: unknown[] = [];
    for (const step of steps.splice(0).reverse()) {
      try {
        await step();
      } catch (reason) {
        reasons.push(reason);
      }
    }
    if (reasons.length > 0) throw reasons[0];
  };
  try {
    return await make((step) => void steps.push(step), remove);
  } catch (error) {
    await remove().catch((cause: unknown) => {
      throw new AggregateError([error, cause], 'What was made could not be taken away again');
    });
    throw error;
  }
}

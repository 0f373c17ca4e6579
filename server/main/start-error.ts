/** Anvil can't start here. The message says what is so and what to do; show it as it is. */
export class StartError extends Error {
  override name = 'StartError';
}

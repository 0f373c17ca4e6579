/** Symbols are normal forms of values and tests. Long ones are replaced by numbers, so that they stay short. */

const SYMBOL_LENGTH_MAX = 160;

/** The numbers of the long symbols of one comparison. */
let numbers: Map<string, string> | undefined;

/**
 * Runs an analysis with its own numbers for long symbols. Symbols can be compared only within one such run, which may
 * analyse several contents.
 */
export function withSymbols<Result>(work: () => Result): Result {
  if (numbers) return work();
  numbers = new Map();
  try {
    return work();
  } finally {
    numbers = undefined;
  }
}

/** Returns a symbol of bounded length. Equal texts have equal symbols, and different texts different ones. */
export function short(text: string): string {
  return text.length <= SYMBOL_LENGTH_MAX ? text : numberOf(text);
}

/** Returns a short symbol for a list of texts. */
export function digest(parts: readonly string[]): string {
  // No symbol contains NUL, so a list never equals one.
  return numberOf(`\0${JSON.stringify(parts)}`);
}

function numberOf(text: string): string {
  if (!numbers) throw new Error('Symbols are made only inside of withSymbols');
  const known = numbers.get(text);
  if (known !== undefined) return known;
  const number = `#${numbers.size}`;
  numbers.set(text, number);
  return number;
}

/** Something wrong with a template or its values, told in a sentence that may be shown to people. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** Stable id, e.g. `render.undefined` or `template.unknown_tag`. */
  readonly rule: string;
  /** Offset in the template's source (UTF-16 units), when it is known better than by the tag around it. */
  readonly offset: number | undefined;

  constructor(rule: string, message: string, offset?: number) {
    super(message);
    this.rule = rule;
    this.offset = offset;
  }
}

/** An error inside a rendered prompt: carries the slug of the prompt in which it happened. */
export class PartialError extends Error {
  override readonly name = 'PartialError';
  readonly slug: string;
  readonly inner: unknown;

  constructor(slug: string, inner: unknown) {
    super(inner instanceof Error ? inner.message : String(inner));
    this.slug = slug;
    this.inner = inner;
  }
}

/** LiquidJS keeps what was thrown inside as a hidden property; this finds ours in it, however deep. */
export function findInside<T extends Error>(
  error: unknown,
  type: abstract new (...args: never[]) => T,
): T | undefined {
  let current: unknown = error;
  for (let i = 0; i < 20 && current instanceof Error; i++) {
    if (current instanceof type) return current;
    current = (current as { originalError?: unknown }).originalError;
  }
  return undefined;
}

/** Returns a function for positions in one text that takes logarithmic time, for many positions. */
export function createPositions(source: string): (offset: number) => { line: number; column: number } {
  let found: number[] | undefined;
  return (offset) => {
    const begins = (found ??= beginsOfLines(source));
    let [low, high] = [0, begins.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((begins[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (begins[low] ?? 0) + 1 };
  };
}

function beginsOfLines(source: string): number[] {
  const begins = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) begins.push(at + 1);
  return begins;
}

/** Line and column, both from 1, of an offset in a text. */
export function positionAt(source: string, offset: number): { line: number; column: number } {
  let line = 1;
  let begin = 0;
  for (let at = source.indexOf('\n'); at !== -1 && at < offset; at = source.indexOf('\n', begin)) {
    line += 1;
    begin = at + 1;
  }
  return { line, column: offset - begin + 1 };
}

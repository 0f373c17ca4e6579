/** What changed between two texts, line by line, and word by word in lines that were edited. */

/** A stretch of a line. `changed` ones are not in the other text. */
export interface DiffPart {
  text: string;
  changed: boolean;
}

export interface DiffLine {
  /** Counts from 1. */
  number: number;
  parts: DiffPart[];
}

/** One row of a comparison: both sides when the line stayed or was edited, one when it came or went. */
export interface DiffRow {
  kind: 'same' | 'edited' | 'added' | 'removed';
  before?: DiffLine;
  after?: DiffLine;
}

export interface Diff {
  rows: DiffRow[];
  added: number;
  removed: number;
}

/**
 * Cells that the tables of one comparison may have in all, for lines and for words. What needs more counts as rewritten,
 * so that a page never hangs: 4 million cells take some 20 ms.
 */
const CELLS_MAX = 4_000_000;

/** The rest of `CELLS_MAX`. */
interface Budget {
  cells: number;
}

type Step = 'same' | 'removed' | 'added';

/** The shortest way from `before` to `after` as one step per line or word; removals come before additions. */
function steps(before: readonly string[], after: readonly string[], budget: Budget): Step[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(before.length, after.length) - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  const middle = middleSteps(
    before.slice(head, before.length - tail),
    after.slice(head, after.length - tail),
    budget,
  );
  return [...repeat('same', head), ...middle, ...repeat('same', tail)];
}

function repeat(step: Step, times: number): Step[] {
  return Array.from({ length: times }, () => step);
}

/** Longest common subsequence by the table of its lengths. */
function middleSteps(before: readonly string[], after: readonly string[], budget: Budget): Step[] {
  const rows = before.length;
  const columns = after.length;
  if (rows * columns > budget.cells || rows === 0 || columns === 0)
    return [...repeat('removed', rows), ...repeat('added', columns)];
  budget.cells -= rows * columns;
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const result: Step[] = [];
  let row = 0;
  let column = 0;
  while (row < rows && column < columns) {
    if (before[row] === after[column]) {
      result.push('same');
      row++;
      column++;
    } else if (at(row + 1, column) >= at(row, column + 1)) {
      result.push('removed');
      row++;
    } else {
      result.push('added');
      column++;
    }
  }
  return [...result, ...repeat('removed', rows - row), ...repeat('added', columns - column)];
}

/** Words, runs of white space and single signs. */
function words(line: string): string[] {
  return line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

function whole(text: string): DiffPart[] {
  return [{ text, changed: false }];
}

function addPart(parts: DiffPart[], text: string, changed: boolean): void {
  const last = parts.at(-1);
  if (last?.changed === changed) last.text += text;
  else parts.push({ text, changed });
}

/** A space between two changed words changed with them: one mark reads better than two. */
function joinOverSpaces(parts: DiffPart[]): DiffPart[] {
  const joined: DiffPart[] = [];
  parts.forEach((part, index) => {
    const between = parts[index - 1]?.changed && parts[index + 1]?.changed && part.text.trim() === '';
    addPart(joined, part.text, part.changed || Boolean(between));
  });
  return joined;
}

/** Two lines at the same place: an edit with its words, when they have enough in common to be one. */
function pair(
  before: string,
  after: string,
  budget: Budget,
): { before: DiffPart[]; after: DiffPart[] } | undefined {
  const old = words(before);
  const young = words(after);
  const result = { before: [] as DiffPart[], after: [] as DiffPart[] };
  let common = 0;
  let row = 0;
  let column = 0;
  for (const step of steps(old, young, budget)) {
    const removed = old[row] ?? '';
    const added = young[column] ?? '';
    if (step === 'same') {
      common += removed.trim().length;
      addPart(result.before, removed, false);
      addPart(result.after, added, false);
    } else if (step === 'removed') addPart(result.before, removed, true);
    else addPart(result.after, added, true);
    if (step !== 'added') row++;
    if (step !== 'removed') column++;
  }
  const isEdit = common * 3 >= Math.max(before.trim().length, after.trim().length);
  return isEdit ? { before: joinOverSpaces(result.before), after: joinOverSpaces(result.after) } : undefined;
}

/** Splits at line breaks of any kind; the empty text has no line. */
export function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/\r\n|\r|\n/);
}

/** Compares two texts line by line, and word by word in lines that were edited. */
export function diffTexts(before: string, after: string): Diff {
  const old = splitLines(before);
  const young = splitLines(after);
  const diff: Diff = { rows: [], added: 0, removed: 0 };
  const wordBudget = { cells: CELLS_MAX };
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];

  const flush = (): void => {
    diff.removed += removed.length;
    diff.added += added.length;
    for (let index = 0; index < Math.max(removed.length, added.length); index++) {
      const from = removed[index];
      const to = added[index];
      const edit =
        from && to ? pair(from.parts[0]?.text ?? '', to.parts[0]?.text ?? '', wordBudget) : undefined;
      if (from && to) {
        diff.rows.push({
          kind: 'edited',
          before: { ...from, parts: edit?.before ?? from.parts },
          after: { ...to, parts: edit?.after ?? to.parts },
        });
      } else if (from) diff.rows.push({ kind: 'removed', before: from });
      else if (to) diff.rows.push({ kind: 'added', after: to });
    }
    removed = [];
    added = [];
  };

  let row = 0;
  let column = 0;
  for (const step of steps(old, young, { cells: CELLS_MAX })) {
    const from = { number: row + 1, parts: whole(old[row] ?? '') };
    const to = { number: column + 1, parts: whole(young[column] ?? '') };
    if (step === 'same') {
      flush();
      diff.rows.push({ kind: 'same', before: from, after: to });
    } else if (step === 'removed') removed.push(from);
    else added.push(to);
    if (step !== 'added') row++;
    if (step !== 'removed') column++;
  }
  flush();
  return diff;
}

export type DiffBlock = { kind: 'rows'; rows: DiffRow[] } | { kind: 'fold'; rows: DiffRow[] };

/**
 * Folds what stayed away from changes: everything farther than `context` lines from one, when it is more than a line.
 */
export function foldRows(rows: DiffRow[], context = 3): DiffBlock[] {
  const near = rows.map(() => false);
  rows.forEach((row, index) => {
    if (row.kind === 'same') return;
    near.fill(true, Math.max(0, index - context), index + context + 1);
  });
  const blocks: DiffBlock[] = [];
  rows.forEach((row, index) => {
    const kind = near[index] ? 'rows' : 'fold';
    const last = blocks.at(-1);
    if (last?.kind === kind) last.rows.push(row);
    else blocks.push({ kind, rows: [row] });
  });
  return blocks.map((block) => (block.rows.length === 1 ? { kind: 'rows', rows: block.rows } : block));
}

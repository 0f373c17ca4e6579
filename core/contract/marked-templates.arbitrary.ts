/** Templates with marks, by which a test finds the values and tests of one render. For tests. */
import type { Piece } from './template-pieces.arbitrary.ts';

/**
 * Marks of values (`v`), tests (`t`), taken branches (`b`), loops (`l`), rounds (`i`) and ends of loops (`x`), each with a
 * number.
 */
const MARK = /\uE000([vtblix])(\d+);/g;

const mark = (kind: string, id: number) => `\uE000${kind}${id};`;
const END = '\uE001';

/** @param ids gives each mark a new number */
export function printMarked(pieces: readonly Piece[], ids: () => number): string {
  return pieces.map((piece) => printPiece(piece, ids)).join('');
}

function printPiece({ parts, bodies }: Piece, ids: () => number): string {
  const [head = ''] = parts;
  const value = /^\{\{ (.*) \}\}$/s.exec(head)?.[1];
  if (value !== undefined) return printValue(value, ids);
  // Marks inside of a captured text would be printed with it.
  if (head.startsWith('{% capture')) return parts.join(bodies.map((body) => printPlain(body)).join(''));
  const id = ids();
  const inner = bodies.map((body) => printMarked(body, ids));
  const item = /^\{% (?:for|tablerow) (\w+) in/.exec(head)?.[1];
  if (item !== undefined) inner[0] = `${mark('i', id)}${printValue(item, ids)}${inner[0] ?? ''}`;
  const isTest = /^\{% (if|unless) /.test(head) && bodies.length > 0;
  if (isTest) inner[0] = `${mark('b', id)}${inner[0] ?? ''}`;
  const text = parts.map((part, index) => part + (inner[index] ?? '')).join('');
  if (item !== undefined) return `${mark('l', id)}${text}${mark('x', id)}`;
  return isTest ? `${mark('t', id)}${text}` : text;
}

function printValue(value: string, ids: () => number): string {
  return `${mark('v', ids())}{{ ${value} | json }}${END}`;
}

function printPlain(pieces: readonly Piece[]): string {
  return pieces
    .map(({ parts, bodies }) => parts.map((part, index) => part + printPlain(bodies[index] ?? [])).join(''))
    .join('');
}

/** Reads the symbols of marked values and tests from the trace of an analysis. */
export function symbolsOf(trace: readonly string[]): Map<number, string> {
  const symbols = new Map<number, string>();
  for (const [index, entry] of trace.entries()) {
    const last = [...entry.matchAll(MARK)].at(-1);
    const next = trace[index + 1];
    if (!last || next === undefined || !entry.endsWith(last[0])) continue;
    if (last[1] === 'v') symbols.set(Number(last[2]), next);
    if (last[1] === 't') symbols.set(Number(last[2]), next);
  }
  return symbols;
}

/** One value or test of one render. `loops` names the rounds around it. */
export interface Observation {
  symbol: string;
  loops: string;
  result: string;
}

/** Reads the values and tests of a rendered text. */
export function observe(text: string, symbols: ReadonlyMap<number, string>): Observation[] {
  const found: Observation[] = [];
  const loops: { item: string; round: number; isNew: boolean }[] = [];
  const marks = [...text.matchAll(MARK)];
  for (const [index, { 0: whole, 1: kind, 2: id, index: at }] of marks.entries()) {
    const loop = loops.at(-1);
    const symbol = symbols.get(Number(id));
    if (kind === 'l') loops.push({ item: '?', round: -1, isNew: false });
    if (kind === 'x') loops.pop();
    if (kind === 'i' && loop) Object.assign(loop, { round: loop.round + 1, isNew: true });
    if (kind === 'v' && symbol !== undefined) {
      const result = text.slice(at + whole.length, text.indexOf(END, at));
      if (loop?.isNew) Object.assign(loop, { item: symbol, isNew: false });
      found.push({ symbol, loops: print(loops), result });
    }
    if (kind === 't' && symbol !== undefined) {
      const next = marks[index + 1];
      const isTrue = next?.[1] === 'b' && next[2] === id;
      const isNegated = symbol.startsWith('if !');
      found.push({
        symbol: isNegated ? `if ${symbol.slice(4)}` : symbol,
        loops: print(loops),
        result: String(isTrue !== isNegated),
      });
    }
  }
  return found;
}

function print(loops: readonly { item: string; round: number }[]): string {
  return loops.map(({ item, round }) => `${item}#${round}`).join(' ');
}

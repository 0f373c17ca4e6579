/** Loops: the items, the variables that the body changes, and what `break` leaves out. */
import type { Node } from '../syntax.ts';
import { effectsOf } from './effects.ts';
import type { End, Environment } from './environment.ts';
import {
  ALWAYS,
  factsOfTruth,
  fork,
  hasItems,
  merge,
  negate,
  notNull,
  unknownLike,
  unsetName,
} from './environment.ts';
import type { Known } from './known.ts';
import { itemOf, known, missing } from './known.ts';
import { readToken } from './read.ts';
import { digest, short } from './symbols.ts';
import type { Walk } from './walk.ts';
import { jumpTest, need, newFindings, notePath, parameterOf, spend } from './walk.ts';

/** In deeper loops nothing is known of the variables that they change. */
const DEEP = 6;
/** The most walks of a body that find the values of its variables. */
const ROUNDS_MAX = 4;

type Loop = Node & { type: 'loop' };

export function walkLoop(walk: Walk, environment: Environment, node: Loop): void {
  const list = need(walk, environment, readToken(walk, environment, node.collection), node.collection.begin);
  const entered = fork(environment, factsInside(list), jumpTest(walk));
  const options = readOptions(walk, node.tag === 'for' ? entered : environment, node);
  const symbol = options === '' ? list.base : short(`part(${list.base},${options})`);
  // A limit or an offset may leave no item of a list that has some.
  const isFull = list.type === 'list' && !list.nullable && hasItems(environment, list);
  const someOfAll = isFull ? ALWAYS : `some ${list.base}`;
  const some = options === '' ? someOfAll : `some ${symbol}`;
  const inner = fork(entered, [], [someOfAll, some]);
  const item = itemIn(walk, list, symbol);
  notePath(walk, item.path);
  const loop: Entered = { node, item, symbol, options };
  const { names, jumps } = effectsOf(node.body);
  const before = new Map(names.map((name) => [name, valueBefore(walk, inner, name)]));
  const { id, end } = learn(walk, inner, loop, { before, jumps });
  const tests = jumps ? [`not broken ${id}`] : [];
  const body = bodyOf(walk, fork(inner, [], tests), loop, startOf(before, end, `loop ${id}`));
  walk.trace?.push(`for ${id}`);
  inLoop(walk, loop, (own) => own.walkNodes(own, body, node.body));
  walk.trace?.push('endfor');
  walk.history = digest([walk.history, id, symbol, ...environment.when]);
  const after = fork(environment);
  // If there is at least one round, the variables are as a round left them.
  const isEntered = some === ALWAYS && !jumps;
  for (const [name, value] of startOf(isEntered ? end : before, end, `after ${id}`))
    after.names.set(name, value);
  // LiquidJS leaves the text around a tablerow too.
  if (jumps && node.tag === 'tablerow') walk.jumps.push(id);
  if (node.otherwise.length === 0) {
    environment.names = after.names;
    return;
  }
  const otherwise = fork(environment, [], [negate(some)]);
  walk.trace?.push('else');
  walk.walkNodes(walk, otherwise, node.otherwise);
  const ends: End[] = [
    { environment: after, label: some },
    { environment: otherwise, label: negate(some) },
  ];
  merge(environment, ends, (name) => parameterOf(walk, name));
}

interface Entered {
  node: Loop;
  item: Known;
  symbol: string;
  options: string;
}

/** The body runs, so the list isn't empty. */
function factsInside(list: Known) {
  const facts = [...factsOfTruth(list), { key: notNull(list) }];
  return list.type === 'list' ? [...facts, { key: `length ${list.base}`, atLeast: 1 }] : facts;
}

function readOptions(walk: Walk, environment: Environment, { tag, options, settings }: Loop): string {
  const symbols = options.map((option) =>
    tag === 'for' && option.getText() === 'continue'
      ? `continue ${walk.history}`
      : need(walk, environment, readToken(walk, environment, option), option.begin).symbol,
  );
  return settings === '' ? '' : `${settings}:${symbols.join()}`;
}

function itemIn(walk: Walk, list: Known, symbol: string): Known {
  const again = walk.items.filter((item) => item === symbol).length;
  const base = `${symbol}[]${again > 0 ? `~${again}` : ''}`;
  if (list.type === 'list') return itemOf(list, base);
  if (list.type === 'string') return { ...list, base, symbol: base };
  if (list.type === 'object') return known('list', base, { atLeast: 2 });
  return known('any', base, list.path ? { path: [...list.path, null] } : {});
}

/** The environment in which a body starts. */
function bodyOf(
  walk: Walk,
  body: Environment,
  loop: Entered,
  names: ReadonlyMap<string, Known>,
): Environment {
  for (const [name, value] of names) body.names.set(name, value);
  body.names.set(`@${loop.node.variable}`, loop.item);
  const tag = loop.node.tag === 'for' ? 'forloop' : 'tablerowloop';
  body.names.set(`@${tag}`, loopObject(tag, loop.item.symbol));
  spend(walk, 1 + Math.ceil(body.names.size / 20));
  return body;
}

function loopObject(tag: string, item: string): Known {
  const fields = [
    ...['index', 'index0', 'rindex', 'rindex0', 'length', 'first', 'last', 'name', 'i'],
    ...(tag === 'tablerowloop' ? ['row', 'col', 'col0', 'cols', 'col_first', 'col_last'] : []),
  ];
  const made = fields.map((name): [string, Known] => [name, known('any', `${item}.${tag}.${name}`)]);
  return known('object', `${item}.${tag}`, { made: new Map(made) });
}

function inLoop(walk: Walk, { symbol }: Entered, work: (own: Walk) => void): void {
  const own = { ...walk, jumps: [], items: [...walk.items, symbol], loops: walk.loops + 1 };
  work(own);
  walk.history = own.history;
}

/** The value of a name before the loop. */
function valueBefore(walk: Walk, environment: Environment, name: string): Known {
  const plain = name.replace('#', '');
  const set = environment.names.get(name) ?? environment.names.get(`#${plain}`);
  return set ?? parameterOf(walk, plain) ?? unsetName(plain);
}

/**
 * Walks the body without a report, to learn what it makes of its variables. The symbols of these depend on nothing but
 * what they are before the loop and what a round makes of them.
 */
function learn(
  walk: Walk,
  inner: Environment,
  loop: Entered,
  { before, jumps: mayJump }: { before: ReadonlyMap<string, Known>; jumps: boolean },
): { id: string; end: ReadonlyMap<string, Known> } {
  const placeholder = `round ${walk.loops}`;
  let end: ReadonlyMap<string, Known> = new Map();
  if (before.size === 0 && !mayJump) return { id: digest([loop.symbol, loop.options]), end };
  for (let round = 1; ; round++) {
    const isLast = round === ROUNDS_MAX || walk.loops >= DEEP;
    if (isLast) end = new Map([...before.keys()].map((name) => [name, missing(known('any', name), name)]));
    const body = bodyOf(walk, fork(inner), loop, startOf(before, end, placeholder));
    const scratch = { ...newFindings(), left: walk.findings.left };
    let jumps: string[] = [];
    inLoop({ ...walk, findings: scratch, trace: undefined }, loop, (silent) => {
      silent.walkNodes(silent, body, loop.node.body);
      jumps = silent.jumps;
    });
    walk.findings.left = scratch.left;
    const made = [...before].map(([name, value]): [string, Known, Known] => [
      ...([name, value] as const),
      body.names.get(name) ?? value,
    ]);
    if (isLast || made.every(([name, , after]) => isAlike(end.get(name), after))) {
      const effects = made.map(([name, value, after]) => `${name}:${value.symbol}>${after.symbol}`);
      return { id: digest([loop.symbol, loop.options, ...effects, ...jumps]), end };
    }
    end = new Map(made.map(([name, , after]) => [name, after]));
  }
}

/** Returns the variables at the start of a round: as before the loop, or as the round before left them. */
function startOf(
  before: ReadonlyMap<string, Known>,
  end: ReadonlyMap<string, Known>,
  symbol: string,
): Map<string, Known> {
  return new Map(
    [...before].map(([name, first]) => {
      const last = end.get(name);
      const own = `${symbol}.${name}`;
      if (!last || first.type !== last.type || first.missing || last.missing) {
        return [name, unknownLike(first.missing || !last ? first : last, name, own)];
      }
      const nullable = first.nullable || last.nullable;
      return [name, known(first.type, own, { nullable, atLeast: Math.min(first.atLeast, last.atLeast) })];
    }),
  );
}

function isAlike(a: Known | undefined, b: Known): boolean {
  if (!a) return false;
  return (
    a.type === b.type && a.nullable === b.nullable && a.atLeast === b.atLeast && !a.missing === !b.missing
  );
}

/** The state at one point of a template: the names that are set, the needs that are met, and the tests that hold. */
import type { Known, Need } from './known.ts';
import { either, known } from './known.ts';
import { short } from './symbols.ts';

export interface Environment {
  /** Names by the place where LiquidJS looks for them: `@name` of a loop, `name` set by a tag, `#name` of a counter. */
  names: Map<string, Known>;
  /** Needs that are met here, by key, with the number of items. */
  met: Map<string, number>;
  /** Tests that hold here. */
  when: readonly string[];
}

/** The test that always holds. */
export const ALWAYS = 'true';
/** The test that never holds, and the key of a need that no call meets. */
export const NEVER = '!true';

/** A need that a test proves to be met. */
export type Fact = Pick<Need, 'key' | 'atLeast'>;

export function fork(
  from: Environment,
  facts: readonly Fact[] = [],
  when: readonly string[] = [],
): Environment {
  const copy = { names: new Map(from.names), met: new Map(from.met), when: from.when };
  meet(copy, facts);
  addTests(copy, when);
  return copy;
}

function addTests(environment: Environment, tests: readonly string[]): void {
  const added = tests.filter((test) => test !== ALWAYS && !environment.when.includes(test));
  if (added.length === 0) return;
  const when = new Set([...environment.when, ...added]);
  environment.when = [...when];
  const isContradiction = (test: string) =>
    test === NEVER || when.has(negate(test)) || (test.startsWith('some ') && when.has(`!${test.slice(5)}`));
  if (added.some((test) => isContradiction(test) || when.has(`some ${negate(test)}`))) {
    meet(environment, [{ key: NEVER }]);
  }
}

export function negate(test: string): string {
  return test.startsWith('!') ? test.slice(1) : `!${test}`;
}

/** Whether no call that renders gets here. */
export function isUnreachable(environment: Environment): boolean {
  return environment.met.has(NEVER);
}

export function meet(environment: Environment, facts: readonly Fact[]): void {
  for (const { key, atLeast = 1 } of facts) {
    environment.met.set(key, Math.max(atLeast, environment.met.get(key) ?? 0));
  }
}

export function isMet({ met }: Environment, { key, atLeast = 1 }: Fact): boolean {
  return (met.get(key) ?? 0) >= atLeast || met.has(NEVER);
}

/** Whether a list surely has a number of items. */
export function hasItems(
  environment: Environment,
  { base, atLeast }: Pick<Known, 'base' | 'atLeast'>,
  least = 1,
): boolean {
  return atLeast >= least || isMet(environment, { key: `length ${base}`, atLeast: least });
}

/** The key of "this value isn't null". */
export function notNull(value: Known): string {
  return `not null ${value.symbol}`;
}

/** Returns the facts that hold if a value is neither null nor false. */
export function factsOfTruth(value: Known): Fact[] {
  return [...(value.chain ?? []), value].flatMap((one) => [
    ...(one.missing ? [one.missing] : []),
    { key: notNull(one) },
  ]);
}

/** Returns the value of a name as LiquidJS finds it, or undefined if only a parameter can have it. */
export function findName({ names }: Environment, name: string): Known | undefined {
  return names.get(`@${name}`) ?? names.get(name) ?? names.get(`#${name}`);
}

/** One way through a choice. */
export interface End {
  environment: Environment;
  /** A symbol of the tests by which it is taken. */
  label: string;
}

/**
 * Adds to an environment the state that holds after each of some ways through a choice.
 *
 * @param parameter returns the value of a name that no tag has set
 */
export function merge(
  into: Environment,
  all: readonly End[],
  parameter: (name: string) => Known | undefined,
): void {
  const reachable = all.filter(({ environment }) => !isUnreachable(environment));
  const ends = reachable.length > 0 ? reachable : all;
  for (const [name, changed] of changesOfNames(into, ends)) {
    const found = allWays(into, ends, { name, changed, parameter });
    const [first] = found;
    if (!first) continue;
    if (found.every(({ value }) => value === first.value)) {
      into.names.set(name, first.value);
      continue;
    }
    // The ways exclude each other, so the last one is taken when no other one is.
    const print = (text: (value: Known) => string) =>
      found
        .map(({ value, label }, at) => `${at === found.length - 1 ? 'else' : label}:${text(value)}`)
        .join('|');
    const symbol = short(`{${print((value) => value.symbol)}}`);
    const value = found.map((one) => one.value).reduce((a, b) => either(a, b, symbol));
    // Whether it is set depends on the tests, and not on what it is where it is set.
    const isSet = () => short(`set {${print(({ missing }) => missing?.key ?? 'set')}}`);
    const { missing } = value;
    into.names.set(name, missing ? { ...value, missing: { ...missing, key: isSet() } } : value);
  }
  const [first, ...rest] = ends;
  if (!first) return;
  for (const [key, atLeast] of first.environment.met) {
    const least = Math.min(atLeast, ...rest.map(({ environment }) => environment.met.get(key) ?? 0));
    if (least > 0) meet(into, [{ key, atLeast: least }]);
  }
}

interface Way {
  value: Known;
  label: string;
}

/** Returns the names that some of the ways set, each with these ways. */
function changesOfNames(into: Environment, ends: readonly End[]): Map<string, Way[]> {
  const changes = new Map<string, Way[]>();
  for (const { environment, label } of ends) {
    for (const [name, value] of environment.names) {
      if (into.names.get(name) === value) continue;
      const known = changes.get(name);
      if (known) known.push({ value, label });
      else changes.set(name, [{ value, label }]);
    }
  }
  return changes;
}

/** Returns the ways that set a name, and one way for all that don't. */
function allWays(
  into: Environment,
  ends: readonly End[],
  {
    name,
    changed,
    parameter,
  }: { name: string; changed: Way[]; parameter: (name: string) => Known | undefined },
): Way[] {
  if (changed.length === ends.length) return changed;
  const counter = `#${name}`;
  const isCounted = ends.some(
    ({ environment }) => environment.names.get(counter) !== into.names.get(counter),
  );
  const valueIn = (environment: Environment) =>
    environment.names.get(name) ?? unset(environment, name, parameter);
  if (isCounted) return ends.map(({ environment, label }) => ({ value: valueIn(environment), label }));
  return [...changed, { value: valueIn(into), label: 'else' }];
}

function unset(
  environment: Environment,
  name: string,
  parameter: (name: string) => Known | undefined,
): Known {
  const plain = name.replace(/^[@#]/, '');
  const other = name === plain ? environment.names.get(`#${name}`) : undefined;
  return other ?? parameter(plain) ?? unsetName(plain);
}

export function unsetName(name: string): Known {
  const value = known('any', 'unset');
  return { ...value, missing: { key: 'unset', when: `\`${name}\` isn't set`, isImpossible: true } };
}

/** A value that is unknown but for its symbol. */
export function unknownLike(value: Known | undefined, name: string, symbol: string): Known {
  const rest = known('any', symbol);
  const when = value?.missing?.when ?? `\`${name}\` isn't set`;
  return !value || value.missing ? { ...rest, missing: { key: short(symbol), when } } : rest;
}

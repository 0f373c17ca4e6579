/** Generated calls: always the same for the same pair of contents. See docs/CONTRACT.md. */
import type { JsonObject, JsonValue, Parameter } from '../prompt.ts';
import { checkValues } from '../value.ts';
import {
  hintsOf,
  makeFields,
  type ComparedPlace,
  type PathStep,
  type Richness,
  type ValueSource,
} from './call-values.ts';
import { createRandom, type Random } from './random.ts';

export interface CallSource {
  /** Calls are valid by these. */
  parameters: readonly Parameter[];
  /** Paths that either template reads. */
  paths: readonly (readonly PathStep[])[];
  /** Texts and numbers that either template names. */
  literals: readonly JsonValue[];
  /** Places that either template compares with constants. */
  compared: readonly ComparedPlace[];
  /** The paths that new demands read. */
  targets: readonly (readonly PathStep[])[];
  /** Of the pair of contents, hexadecimal. */
  seed: string;
}

/** The most tries to make one call that is valid and new. */
const TRIES_MAX = 10;

/**
 * Makes valid calls: with everything, with what is required, and empty ones. Then in turn one that misses a new demand,
 * one that differs in one place from the call with everything, and a random one.
 */
export function* generateCalls(source: CallSource, count: number): Generator<JsonObject> {
  const random = createRandom(source.seed);
  const values: ValueSource = { random, literals: source.literals };
  const hints = hintsOf([...source.paths, ...source.targets], source.compared);
  const make = (richness: Richness) => makeFields(source.parameters, hints, richness, values);
  const full = make('full');
  const places = placesIn(full, []);
  const changeFull = () => changeOnePlace(full, places, random, source.literals);
  const kinds = [
    (at: number) => missTarget(source, random, random.oneIn(2) ? full : make('random'), at) ?? changeFull(),
    changeFull,
    () => make('random'),
  ];
  const made = new Set<string>();
  const isNew = (call: JsonObject) => {
    const text = JSON.stringify(call);
    if (made.has(text) || !isValid(source, call)) return false;
    made.add(text);
    return true;
  };
  const first = [full, make('required'), make('empty')].slice(0, count);
  for (const call of first) if (isNew(call)) yield call;
  for (let at = 0; at < count - first.length; at++) {
    const kind = kinds[at % kinds.length] as (typeof kinds)[number];
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const call = kind(Math.floor(at / kinds.length) + tries);
      if (!isNew(call)) continue;
      yield call;
      break;
    }
  }
}

function isValid({ parameters }: CallSource, call: JsonObject): boolean {
  return checkValues(parameters, call, { strict: true }).ok;
}

/** Returns a call without the value that a new demand needs, or undefined if there is no new demand. */
function missTarget(
  { targets }: CallSource,
  random: Random,
  call: JsonObject,
  at: number,
): JsonObject | undefined {
  const target = targets[at % Math.max(1, targets.length)];
  return target && (removeAt(call, target, random) as JsonObject);
}

function removeAt(value: JsonValue, path: readonly PathStep[], random: Random): JsonValue {
  const [step, ...rest] = path;
  if (Array.isArray(value)) {
    if (step === undefined || value.length === 0) return [];
    // In one item or in all of them.
    const only = random.oneIn(2) ? random.below(value.length) : undefined;
    if (rest.length === 0) return value.slice(0, random.below(value.length));
    return value.map((item, index) =>
      only === undefined || only === index ? removeAt(item, rest, random) : item,
    );
  }
  if (typeof value !== 'object' || value === null || typeof step !== 'string')
    return random.pick(['', 'x', 1]);
  if (rest.length > 0 && Object.hasOwn(value, step) && !random.oneIn(4)) {
    return { ...value, [step]: removeAt(value[step] as JsonValue, rest, random) };
  }
  const isList = rest.length === 0 && Array.isArray(value[step]) && random.oneIn(2);
  if (isList) return { ...value, [step]: [] };
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== step));
}

/** Returns the call with one of its places left out or its value replaced. */
function changeOnePlace(
  call: JsonObject,
  places: readonly (string | number)[][],
  random: Random,
  literals: readonly JsonValue[],
): JsonObject {
  if (places.length === 0) return call;
  const place = random.pick(places);
  const replacement = random.oneIn(2)
    ? undefined
    : random.pick<JsonValue>([null, [], {}, '', 'x', 0, 1, true, false, ...literals]);
  return replaceAt(call, place, replacement) as JsonObject;
}

/** Every place inside of a value. */
export function placesIn(value: JsonValue, path: readonly (string | number)[]): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, JsonValue][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : Object.entries(value);
  return entries.flatMap(([step, inner]) => [[...path, step], ...placesIn(inner, [...path, step])]);
}

/** @param replacement undefined to leave the place out */
export function replaceAt(
  value: JsonValue,
  [step, ...rest]: readonly (string | number)[],
  replacement: JsonValue | undefined,
): JsonValue {
  const inner = (old: JsonValue) => (rest.length === 0 ? replacement : replaceAt(old, rest, replacement));
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      if (index !== step) return [item];
      const changed = inner(item);
      return changed === undefined ? [] : [changed];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, old]): [string, JsonValue][] => {
      if (key !== step) return [[key, old]];
      const changed = inner(old);
      return changed === undefined ? [] : [[key, changed]];
    }),
  );
}

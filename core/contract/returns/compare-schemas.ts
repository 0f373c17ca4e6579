import type { JsonValue } from '../../prompt.ts';
import { compareLimits, compareValues, type Finding } from './compare-values.ts';
import { openDocument, resolve } from './references.ts';
import { isSameKeyword, type Budget, type PlacedSchema } from './same-schema.ts';
import { allowsEverything, readLevel, type SchemaLevel } from './schema-level.ts';

/** A finding with the way to it: `order.items[].price`; empty at the root. */
export type SchemaChange = Finding & { path: string };

/** Schemas inside each other, references followed, beyond which nothing is judged. */
const DEPTH_MAX = 60;
/** Schemas, properties and listed values that one comparison looks at, beyond which nothing is judged. */
const STEPS_MAX = 50_000;

interface Walk extends Budget {
  /** The pairs that are already compared, or being compared, by whether `isWhole` held for them. */
  seen: Map<JsonValue, Map<JsonValue, Set<boolean>>>;
  report: (path: string, finding: Finding) => void;
}

interface Level {
  before: PlacedSchema;
  after: PlacedSchema;
  path: string;
  depth: number;
  /** Whether a schema around this one looks at the value as a whole: a reader that ignores a property may break it. */
  isWhole: boolean;
}

/**
 * Compares what a model may return under two JSON Schemas.
 *
 * Without a finding that is `major`, and without one that is `not_judged`, each value that the new schema allows is
 * allowed by the old one, after removing the properties that findings name as new (product.md 2). Tested by
 * compare-schemas.test.ts.
 */
export function compareSchemas(before: JsonValue, after: JsonValue): SchemaChange[] {
  const changes: SchemaChange[] = [];
  const known = new Set<string>();
  const report = (path: string, finding: Finding) => {
    // A definition that is used twice at one place is compared twice.
    const key = JSON.stringify([path, finding]);
    if (!known.has(key)) changes.push({ path, ...finding });
    known.add(key);
  };
  const [old, now] = [openDocument(before), openDocument(after)];
  compareLevels(
    {
      before: { schema: before, document: old },
      after: { schema: after, document: now },
      path: '',
      depth: 0,
      isWhole: false,
    },
    { seen: new Map(), steps: STEPS_MAX, report },
  );
  return changes;
}

function compareLevels(level: Level, walk: Walk): void {
  const { before, after, path } = level;
  if (before.schema === true && after.schema === true) return;
  walk.steps -= 1;
  if (walk.steps < 0) return reportTooLarge(walk);
  if (level.depth > DEPTH_MAX) return walk.report(path, { kind: 'not_judged', keyword: undefined });
  if (wasCompared(level, walk)) return;
  const old = readLevel(before.schema, before.document);
  const now = readLevel(after.schema, after.document);
  const report = (finding: Finding) => walk.report(path, finding);
  for (const { properties, values } of [old, now]) walk.steps -= properties.size + (values?.size ?? 0);

  if (now.kinds.size === 0) {
    if (old.kinds.size > 0) report({ kind: 'narrowed', by: 'nothing' });
    return;
  }
  if (allowsEverything(old)) {
    if (!allowsEverything(now)) report({ kind: 'narrowed', by: 'schema' });
    return;
  }
  const keyword = findIncomparable(level, { old, now }, walk);
  if (walk.steps < 0) return reportTooLarge(walk);
  if (keyword !== undefined) return report({ kind: 'not_judged', keyword });
  if (!compareValues(old, now, report)) return;
  compareLimits(old, now, report);
  const isWhole = level.isWhole || looksAtWhole(old);
  if (now.kinds.has('object')) compareObjects({ ...level, isWhole }, old, now, walk);
  if (now.kinds.has('array')) {
    compareInner({ ...level, isWhole }, { name: '[]', before: old.items, after: now.items }, walk);
  }
}

/** Of a schema that is too large, the root is named: which part of it was left out says nothing. */
function reportTooLarge(walk: Walk): void {
  walk.report('', { kind: 'not_judged', keyword: undefined });
}

function wasCompared({ before, after, isWhole }: Level, walk: Walk): boolean {
  const [old, now] = [resolve(before.schema, before.document), resolve(after.schema, after.document)];
  const pairs = walk.seen.get(old) ?? new Map<JsonValue, Set<boolean>>();
  const met = pairs.get(now) ?? new Set<boolean>();
  if (met.has(isWhole)) return true;
  walk.seen.set(old, pairs.set(now, met.add(isWhole)));
  return false;
}

/** The keyword because of which two levels can't be compared; undefined when they can. */
function findIncomparable(
  level: Level,
  { old, now }: { old: SchemaLevel; now: SchemaLevel },
  budget: Budget,
): string | undefined {
  const keywords = [...new Set([...old.unjudged.keys(), ...now.unjudged.keys()])];
  const differing = keywords.find((keyword) => {
    const [before, after] = [old.unjudged.get(keyword), now.unjudged.get(keyword)];
    if (before === undefined || after === undefined) return true;
    return !isSameKeyword(
      keyword,
      { schema: before, document: level.before.document },
      { schema: after, document: level.after.document },
      budget,
    );
  });
  if (differing !== undefined || keywords.length === 0) return differing;
  // Equal keywords restrict both sides alike, unless their meaning depends on what stands beside them.
  const dependsOnNeighbours =
    old.hasNullBranch !== now.hasNullBranch ||
    old.says.additional !== now.says.additional ||
    old.says.items !== now.says.items ||
    [...now.properties.keys()].some((name) => !old.properties.has(name));
  return dependsOnNeighbours ? keywords[0] : undefined;
}

/** Whether the level judges objects inside it as a whole, so that a property more or less may matter to it. */
function looksAtWhole(level: SchemaLevel): boolean {
  const holdsObjects = [...(level.values?.values() ?? [])].some(
    (value) => value !== null && typeof value === 'object',
  );
  return level.unjudged.size > 0 || level.limits.has('uniqueItems') || holdsObjects;
}

function compareObjects(level: Level, old: SchemaLevel, now: SchemaLevel, walk: Walk): void {
  const report = (name: string, finding: Finding) => walk.report(joinPaths(level.path, name), finding);
  for (const [name, schema] of old.properties) {
    const current = now.properties.get(name);
    if (current === undefined) {
      report(name, { kind: 'gone' });
      continue;
    }
    compareInner(level, { name, before: schema, after: current }, walk);
    if (!old.required.has(name) && now.required.has(name)) report(name, { kind: 'narrowed', by: 'presence' });
  }
  for (const name of old.required) {
    const isGone = old.properties.has(name) && !now.properties.has(name);
    if (!now.required.has(name) && !isGone) report(name, { kind: 'not_required' });
  }
  for (const [name, schema] of now.properties) {
    if (!old.properties.has(name)) compareNewProperty(level, { name, schema, old, now }, walk);
  }
  const before = resolve(old.additional, level.before.document);
  const after = resolve(now.additional, level.after.document);
  if (before === false) {
    const isOpen = readLevel(after, level.after.document).kinds.size > 0;
    if (isOpen) walk.report(level.path, { kind: 'widened', by: 'properties' });
  } else if (after === false) walk.report(level.path, { kind: 'narrowed', by: 'properties' });
  else compareInner(level, { name: '*', before, after }, walk);
}

/** A reader ignores a property that it doesn't know. One that it knows from `additionalProperties` has to fit that. */
function compareNewProperty(
  level: Level,
  { name, schema, old, now }: { name: string; schema: JsonValue; old: SchemaLevel; now: SchemaLevel },
  walk: Walk,
): void {
  const path = joinPaths(level.path, name);
  const kinds = readLevel(schema, level.after.document).kinds;
  const isClosed = resolve(old.additional, level.before.document) === false;
  if (isClosed && kinds.size === 0) return;
  walk.report(path, { kind: 'new', isRequired: now.required.has(name) && !kinds.has('null') });
  if (!isClosed) {
    const isFree = allowsEverything(readLevel(old.additional, level.before.document));
    if (!isFree) compareInner(level, { name, before: old.additional, after: schema }, walk);
    return;
  }
  if (level.isWhole || old.limits.has('minProperties'))
    walk.report(path, { kind: 'not_judged', keyword: undefined });
}

function compareInner(
  level: Level,
  inner: { name: string; before: JsonValue; after: JsonValue },
  walk: Walk,
): void {
  compareLevels(
    {
      before: { ...level.before, schema: inner.before },
      after: { ...level.after, schema: inner.after },
      path: joinPaths(level.path, inner.name),
      depth: level.depth + 1,
      isWhole: level.isWhole,
    },
    walk,
  );
}

/** `order` and `items[]` → `order.items[]` */
export function joinPaths(outer: string, inner: string): string {
  return outer === '' || inner === '' || inner.startsWith('[]') ? `${outer}${inner}` : `${outer}.${inner}`;
}

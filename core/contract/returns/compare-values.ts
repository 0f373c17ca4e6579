import { canonicalJson } from '../../checksum.ts';
import type { JsonValue } from '../../prompt.ts';
import { kindOf, KINDS, LIMITS, type Kind } from './keywords.ts';
import type { SchemaLevel } from './schema-level.ts';

/** In which respect more values, or fewer, are allowed. */
type Respect =
  | { by: 'types'; types: Kind[] }
  | { by: 'values' | 'enum'; values: JsonValue[] }
  | { by: 'properties' }
  | { by: 'limit'; keyword: string; before?: JsonValue; after?: JsonValue };

/** The differences at one place of two schemas, as they affect a reader of the model's output. */
export type Finding =
  | { kind: 'gone' | 'not_required' }
  | { kind: 'new'; isRequired: boolean }
  | { kind: 'retyped'; before: Kind[]; after: Kind[] }
  | ({ kind: 'widened' } & Respect)
  | ({ kind: 'narrowed' } & (Respect | { by: 'presence' | 'schema' | 'nothing' }))
  | { kind: 'not_judged'; keyword: string | undefined };

type Report = (finding: Finding) => void;

/**
 * Compares types and listed values.
 *
 * @returns whether the rest of the level is worth a look: false after a type that the old schema didn't allow
 */
export function compareValues(old: SchemaLevel, now: SchemaLevel, report: Report): boolean {
  const added = difference(now.kinds, old.kinds);
  const removed = difference(old.kinds, now.kinds);
  const isReplaced = removed.length > 0 && !old.values && !now.values;
  const isOther = added.length > 0 && (added.length === now.kinds.size || isReplaced);
  if (old.values && now.values && !isOther) {
    const addedValues = [...now.values].flatMap(([key, value]) => (old.values?.has(key) ? [] : [value]));
    const lostValues = [...old.values].flatMap(([key, value]) => (now.values?.has(key) ? [] : [value]));
    if (addedValues.length > 0) report({ kind: 'widened', by: 'values', values: addedValues });
    if (lostValues.length > 0) report({ kind: 'narrowed', by: 'values', values: lostValues });
    return true;
  }
  if (isOther) {
    report({ kind: 'retyped', before: [...old.kinds], after: [...now.kinds] });
    return false;
  }
  if (added.length > 0) {
    const types = now.kinds.size === KINDS.length ? [...now.kinds] : added;
    report({ kind: 'widened', by: 'types', types });
  }
  if (old.values) {
    const isOneOfThem = isNullOnly(now.kinds) && old.values.has(canonicalJson(null));
    if (isOneOfThem) report({ kind: 'narrowed', by: 'types', types: [...now.kinds] });
    else report({ kind: 'widened', by: 'enum', values: [...old.values.values()] });
  } else if (now.values) {
    report({ kind: 'narrowed', by: 'enum', values: [...now.values.values()] });
  } else if (removed.length > 0) report({ kind: 'narrowed', by: 'types', types: [...now.kinds] });
  return true;
}

function isNullOnly(kinds: ReadonlySet<Kind>): boolean {
  return kinds.size === 1 && kinds.has('null');
}

function difference(one: ReadonlySet<Kind>, other: ReadonlySet<Kind>): Kind[] {
  return [...one].filter((kind) => !other.has(kind));
}

/** Compares minimum, maximum length, pattern and the like. */
export function compareLimits(old: SchemaLevel, now: SchemaLevel, report: Report): void {
  for (const keyword of new Set([...old.limits.keys(), ...now.limits.keys()])) {
    const [before, after] = [old.limits.get(keyword), now.limits.get(keyword)];
    if (!LIMITS.get(keyword)?.kinds.some((kind) => now.kinds.has(kind))) continue;
    if (before === undefined) report({ kind: 'narrowed', by: 'limit', keyword, after });
    else if (!isKept(keyword, before, now)) compareLimit(keyword, before, after, report);
    else if (after !== before && after !== undefined)
      report({ kind: 'narrowed', by: 'limit', keyword, before, after });
  }
}

/** Whether all that the new level allows meets an old limit, as far as that can be told. */
function isKept(keyword: string, limit: JsonValue, now: SchemaLevel): boolean {
  const { isWithin, isMetBy, kinds } = LIMITS.get(keyword) ?? {};
  const current = now.limits.get(keyword);
  if (current === limit) return true;
  if (isWithin && typeof current === 'number' && isWithin(current, limit as number)) return true;
  const values = [...(now.values?.values() ?? [])];
  return (
    isMetBy !== undefined &&
    now.values !== undefined &&
    values.every((value) => !kinds?.includes(kindOf(value)) || isMetBy(value, limit as number))
  );
}

function compareLimit(
  keyword: string,
  before: JsonValue,
  after: JsonValue | undefined,
  report: Report,
): void {
  const canCompare = after === undefined || LIMITS.get(keyword)?.isWithin !== undefined;
  if (canCompare) report({ kind: 'widened', by: 'limit', keyword, before, after });
  else report({ kind: 'not_judged', keyword });
}

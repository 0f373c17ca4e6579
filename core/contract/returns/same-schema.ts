import { equalJson, isPlainObject } from '../../json.ts';
import type { JsonObject, JsonValue } from '../../prompt.ts';
import { isAnnotation } from './keywords.ts';
import { findTarget, holdsKey, type SchemaDocument } from './references.ts';

/** A schema with the document in which its references are looked up. */
export interface PlacedSchema {
  schema: JsonValue;
  document: SchemaDocument;
}

const WITH_ONE_SCHEMA = new Set([
  ...['additionalProperties', 'items', 'additionalItems', 'not', 'if', 'then', 'else', 'contains'],
  ...['propertyNames', 'unevaluatedProperties', 'unevaluatedItems'],
]);
const WITH_LISTED_SCHEMAS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']);
const WITH_NAMED_SCHEMAS = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const WITH_UNORDERED_TEXTS = new Set(['required', 'type']);

/** Schemas inside each other, references followed, after which two schemas count as different. */
const DEPTH_MAX = 60;
/** The number of schemas that a comparison may still read. All of its parts share it, so that a large config ends soon. */
export interface Budget {
  steps: number;
}

/**
 * Whether two values of one keyword are written alike, descriptions aside, and refer to schemas that are. A "no" may be
 * wrong, a "yes" never is.
 */
export function isSameKeyword(
  keyword: string,
  before: PlacedSchema,
  after: PlacedSchema,
  budget: Budget,
): boolean {
  const seen = new Map<JsonValue, Set<JsonValue>>();

  const isSameValue = (key: string, old: JsonValue, now: JsonValue, depth: number): boolean => {
    if (key === '$ref') return isSameReference(old, now, depth);
    if (WITH_LISTED_SCHEMAS.has(key) && Array.isArray(old) && Array.isArray(now)) {
      return (
        old.length === now.length && old.every((one, index) => isSame(one, now[index] as JsonValue, depth))
      );
    }
    if (WITH_ONE_SCHEMA.has(key)) return isSame(old, now, depth);
    if (WITH_NAMED_SCHEMAS.has(key) && isPlainObject(old) && isPlainObject(now)) {
      const names = Object.keys(old);
      return (
        names.length === Object.keys(now).length &&
        names.every(
          (name) => Object.hasOwn(now, name) && isSame(old[name] as JsonValue, now[name] as JsonValue, depth),
        )
      );
    }
    if (WITH_UNORDERED_TEXTS.has(key) && Array.isArray(old) && Array.isArray(now)) {
      return equalJson([...old].sort(), [...now].sort());
    }
    const refers = key.startsWith('$') || holdsKey(old, ['$ref', '$dynamicRef', '$recursiveRef']);
    return equalJson(old, now) && (!refers || isSameDocument());
  };

  const isSameDocument = () => equalJson(before.document.root, after.document.root);

  const isSameReference = (old: JsonValue, now: JsonValue, depth: number): boolean => {
    const [oldTarget, newTarget] = [findTarget(old, before.document), findTarget(now, after.document)];
    // Schemas that can't be looked up are the same only when nothing differs.
    if (oldTarget === undefined || newTarget === undefined) return equalJson(old, now) && isSameDocument();
    return isSame(oldTarget, newTarget, depth);
  };

  const isSame = (old: JsonValue, now: JsonValue, depth: number): boolean => {
    budget.steps -= 1;
    if (depth > DEPTH_MAX || budget.steps < 0) return false;
    if (!isPlainObject(old) || !isPlainObject(now)) return equalJson(old, now);
    // A pair that is being compared further up holds as far as the rest of it does.
    const met = seen.get(old) ?? new Set<JsonValue>();
    if (met.has(now)) return true;
    seen.set(old, met.add(now));
    const [oldKeys, newKeys] = [meaningfulKeys(old), meaningfulKeys(now)];
    return (
      oldKeys.length === newKeys.length &&
      oldKeys.every(
        (key) =>
          Object.hasOwn(now, key) &&
          isSameValue(key, old[key] as JsonValue, now[key] as JsonValue, depth + 1),
      )
    );
  };

  return isSameValue(keyword, before.schema, after.schema, 0);
}

function meaningfulKeys(schema: JsonObject): string[] {
  return Object.keys(schema).filter((key) => !isAnnotation(key, schema[key] as JsonValue));
}

import { isPlainObject, own } from '../../json.ts';
import type { JsonValue } from '../../prompt.ts';
import { isAnnotation } from './keywords.ts';

/** A whole JSON Schema, in which local references are looked up. */
export interface SchemaDocument {
  root: JsonValue;
  /** False when an embedded `$id` or a dynamic reference changes what a local reference means. */
  hasPlainReferences: boolean;
}

export function openDocument(root: JsonValue): SchemaDocument {
  const hasPlainReferences =
    !holdsKey(root, ['$dynamicRef', '$recursiveRef']) &&
    !innerValues(root).some((one) => holdsKey(one, ['$id']));
  return { root, hasPlainReferences };
}

/**
 * Follows references of the form `#/$defs/name`, and `allOf` of one schema, around which Pydantic writes a default, as
 * long as nothing but annotations stands beside them.
 *
 * @returns the schema that is meant, or the last one whose reference can't be followed: remote, missing or circular
 */
export function resolve(schema: JsonValue, document: SchemaDocument): JsonValue {
  const seen = new Set<JsonValue>();
  let current = schema;
  for (;;) {
    const target = seen.has(current) ? undefined : findMeant(current, document);
    if (target === undefined) return current;
    seen.add(current);
    current = target;
  }
}

/** The schema that another one consists of; undefined when it says more. */
function findMeant(schema: JsonValue, document: SchemaDocument): JsonValue | undefined {
  if (!isPlainObject(schema)) return undefined;
  const [keyword, ...others] = Object.keys(schema).filter(
    (key) => !isAnnotation(key, schema[key] as JsonValue),
  );
  if (others.length > 0) return undefined;
  if (keyword === '$ref') return findTarget(schema.$ref, document);
  const [only, ...rest] = keyword === 'allOf' && Array.isArray(schema.allOf) ? schema.allOf : [];
  return rest.length === 0 ? only : undefined;
}

/** The schema that a local reference names; undefined when there is none. RFC 6901, section 6. */
export function findTarget(
  reference: JsonValue | undefined,
  document: SchemaDocument,
): JsonValue | undefined {
  if (typeof reference !== 'string' || !document.hasPlainReferences) return undefined;
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let target: unknown = document.root;
  for (const step of reference.split('/').slice(1)) {
    const name = decodeStep(step);
    if (name === undefined) return undefined;
    if (Array.isArray(target)) target = /^(0|[1-9]\d*)$/.test(name) ? target[Number(name)] : undefined;
    else target = isPlainObject(target) ? own(target, name) : undefined;
  }
  return isPlainObject(target) || typeof target === 'boolean' ? (target as JsonValue) : undefined;
}

/** Whether a piece of JSON holds one of these keys, at any depth. */
export function holdsKey(value: JsonValue, keys: readonly string[]): boolean {
  if (isPlainObject(value) && keys.some((key) => Object.hasOwn(value, key))) return true;
  return innerValues(value).some((one) => holdsKey(one, keys));
}

function innerValues(value: JsonValue): JsonValue[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function decodeStep(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

/** What a node keeps beside its fields: values that texts of fields can't say (fields.ts). */
import { isPlainObject } from '@anvil/core/json';
import type { Kept } from '../content-form.ts';
import { parseJson, readText, toFieldText } from './fields.ts';
import { nameOf, textAt, type NameTree } from './names.ts';

/** The name of the hidden field with what a node keeps. */
export function keptName(path: readonly (string | number)[]): string {
  return nameOf([...path, 'kept']);
}

/** The hidden field of a node at a path, if it keeps anything. */
export function keptFields(path: readonly (string | number)[], kept: Kept | undefined): [string, string][] {
  return kept ? [[keptName(path), JSON.stringify(kept)]] : [];
}

/** What was sent of a node; whatever isn't ours is nothing. */
export function readKept(node: NameTree): Kept {
  const kept = parseJson(textAt(node, 'kept') || '{}');
  return isPlainObject(kept) ? kept : {};
}

/** The node with what it keeps, or as it is. */
export function withKept<Node extends object>(node: Node, kept: Kept): Node {
  return Object.keys(kept).length > 0 ? { ...node, kept } : node;
}

/** Notes in `kept` what the field's text alone would change. */
export function writeText(text: string | undefined, field: string, kept: Kept): string {
  const typed = toFieldText(text ?? '');
  if (text !== undefined && (typed !== text || (text === '' && OPTIONAL_TEXTS.has(field))))
    kept[field] = text;
  return typed;
}

/** Of these an empty text and none are two things, though they look alike. */
const OPTIONAL_TEXTS = new Set(['description', 'deprecated']);

/** A text that may be missing altogether. */
export function readOptionalText(typed: string, kept: unknown): string | undefined {
  return readText(typed, kept) || (kept === '' ? '' : undefined);
}

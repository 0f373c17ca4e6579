/** How templates use a value, and what they read of it. */
import { PARAMETER_BOUNDS } from '../parameter.ts';
import { isParameterName } from '../parameter-name.ts';
import type { ValueShape } from '../prompt.ts';

/** Of fields and items; parameters are not nested deeper. */
const DEPTH_MAX = PARAMETER_BOUNDS.depth - 1;

/** How templates use one value: a name, a field or the items of a list. */
export interface Read {
  isList: boolean;
  isObject: boolean;
  /** It is also used as a whole, so it may have fields that no template names. */
  isWhole: boolean;
  fields: Map<string, Read>;
  items?: Read;
  /** How many items the templates name by their index. */
  itemCount: number;
  /** What is read by a key or index that is another value: `rows[i].name`. */
  keyed?: { by: Set<string>; read: Read };
  /** What the templates look for: `where: 'state', 'open'`. */
  wanted?: string | number | boolean;
  depth: number;
}

export function newRead(depth: number): Read {
  return { isList: false, isObject: false, isWhole: false, fields: new Map(), itemCount: 0, depth };
}

export function stepInto(read: Read | undefined, step: string | number | { by: string }): Read | undefined {
  if (!read || step === 'size') return undefined;
  if (typeof step === 'number') return itemAt(read, step);
  if (step === 'first' || step === 'last') return itemAt(read, 0);
  read.isObject = true;
  const isKeyed = typeof step !== 'string';
  // "Add all" can't declare such a field, so it leaves the object open.
  if (isKeyed || read.depth >= DEPTH_MAX || !isParameterName(step)) read.isWhole = true;
  if (read.depth >= DEPTH_MAX || step === '__proto__') return undefined;
  if (!isKeyed) return readNamed(read.fields, step, read.depth + 1);
  read.keyed ??= { by: new Set(), read: newRead(read.depth + 1) };
  read.keyed.by.add(step.by);
  return read.keyed.read;
}

export function readNamed(owner: Map<string, Read>, name: string, depth: number): Read {
  const read = owner.get(name) ?? newRead(depth);
  owner.set(name, read);
  return read;
}

export function itemAt(read: Read, index: number): Read | undefined {
  // The number is a sample's length, not a limit: a person declares longer lists.
  read.itemCount = Math.max(read.itemCount, Math.min(index < 0 ? -index : index + 1, 20));
  return itemsOf(read);
}

export function itemsOf(read: Read | undefined): Read | undefined {
  if (!read) return undefined;
  read.isList = true;
  if (read.depth >= DEPTH_MAX) return undefined;
  return (read.items ??= newRead(read.depth + 1));
}

export function useWhole(read: Read | undefined): void {
  if (read) read.isWhole = true;
}

/** Counts as read what a value of this shape must have. */
export function useShape(read: Read | undefined, shape: ValueShape): void {
  if (!read) return;
  if (shape.type === 'number') read.wanted ??= 1;
  if (shape.type === 'boolean') read.wanted ??= true;
  if (shape.type === 'object') {
    read.isObject = true;
    for (const field of shape.fields ?? []) if (field.required) useShape(stepInto(read, field.name), field);
  }
  if (shape.type === 'list') {
    const items = itemsOf(read);
    if (shape.items) useShape(items, shape.items);
  }
}

/** Known values: facts about a value that hold in each call that is valid by the contract. */
import type { JsonValue, Parameter, ValueShape } from '../../prompt.ts';
import { checkValues } from '../../value.ts';
import { digest, short } from './symbols.ts';

export type KnownType = 'string' | 'number' | 'boolean' | 'list' | 'object' | 'null' | 'any';
/** A name, an index, or `null` for any item of a list. */
export type KnownStep = string | number | null;

/** A condition of a call under which a value is defined. */
export interface Need {
  /** Equal keys mean the same need in the same call. */
  key: string;
  /** The number of items, for a place in a list. */
  atLeast?: number;
  /** No call meets it: a name that no tag sets, or a key of a number. */
  isImpossible?: true;
  /** "`o.b` is missing": when the call fails. */
  when: string;
  /** The place among the values of a call that is missing or too short, if it is one. */
  path?: readonly KnownStep[];
}

/**
 * `symbol` is the value's normal form over the parameters. Equal symbols are equal values in the same call, also in
 * another template under the same contract.
 */
export interface Known {
  symbol: string;
  /** The prefix of the symbols of members. It differs from `symbol` where defaults of fields are part of the value. */
  base: string;
  type: KnownType;
  nullable: boolean;
  /** The least length of a list or text. */
  atLeast: number;
  /** Absent if the value is surely defined. */
  missing?: Need;
  /** The old and the new declaration of the value. They are equal in the analysis of one content by itself. */
  shapes?: Shapes;
  /** Members that a filter or tag made; there are no others. */
  made?: ReadonlyMap<string, Known>;
  items?: Known;
  /** The place among the values of a call, if the value is a part of them. */
  path?: readonly KnownStep[];
  /** Values that are surely defined and not null if this value isn't null. */
  chain?: readonly Known[];
  constant?: JsonValue;
  /** Of a size: the base of what it counts. */
  sizeOf?: string;
}

/** `was` declares the values of a call. `now` declares how they are read; without it they stay as they are. */
export interface Shapes {
  was?: ValueShape | undefined;
  now?: ValueShape | undefined;
}

export function known(type: KnownType, text: string, rest: Partial<Known> = {}): Known {
  const symbol = short(text);
  return { symbol, base: symbol, type, nullable: type === 'any' || type === 'null', atLeast: 0, ...rest };
}

export function constantOf(value: JsonValue): Known {
  const type = typeOf(value);
  const isLong = typeof value === 'string' || Array.isArray(value);
  return known(type, JSON.stringify(value), { constant: value, atLeast: isLong ? value.length : 0 });
}

function typeOf(value: JsonValue): KnownType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value as KnownType;
}

/**
 * The parameters of a content as values.
 *
 * @param was the parameters of the contract that calls are valid by; those of the content itself, or older ones
 */
export function parameterValues(
  now: readonly Parameter[],
  was: readonly Parameter[] = now,
): Map<string, Known> {
  // Templates can't read messages.
  const readable = now.filter(({ type }) => type !== 'messages');
  return new Map(readable.map((one) => [one.name, fieldValue(one, was, one.name, [one.name])]));
}

function fieldValue(
  now: Parameter,
  was: readonly Parameter[] | undefined,
  base: string,
  path: readonly KnownStep[],
): Known {
  const old = was ? was.find(({ name }) => name === now.name) : now;
  const fallback = now.required ? null : defaultOf(now);
  // No call has a parameter that the old contract didn't have.
  if (!old) return { ...constantOf(fallback), path };
  const own = old.required ? base : `${base}=${JSON.stringify(fallback)}`;
  const value = shapeValue({ was: old, now }, short(own), path);
  return { ...value, nullable: !old.required && fallback === null };
}

/** The default with the defaults of its own fields, as a render fills it in. */
function defaultOf(parameter: Parameter): JsonValue {
  const read = checkValues([parameter], {});
  return read.ok ? (read.values[parameter.name] ?? null) : null;
}

export function shapeValue(shapes: Shapes, base: string, path?: readonly KnownStep[]): Known {
  const { was, now } = shapes;
  const declared = now?.type ?? was?.type;
  const kept = was && now && was.type !== now.type ? { now } : shapes;
  const type: KnownType = declared === undefined ? 'any' : declared === 'messages' ? 'list' : declared;
  const tag = now ? skeletonOf(now) : '';
  return {
    ...known(type, base, { shapes: kept, nullable: declared === undefined, ...(path ? { path } : {}) }),
    symbol: short(tag === '' ? base : `${base}#${digest([tag])}`),
  };
}

/** The changes that a declaration makes to a value when it is read: added defaults, and fields left out. */
function skeletonOf(shape: ValueShape): string {
  if (shape.type === 'list' && shape.items) {
    const inner = skeletonOf(shape.items);
    return inner === '' ? '' : `[${inner}]`;
  }
  if (shape.type !== 'object' || !shape.fields) return '';
  const fields = shape.fields.map((field) => {
    const fallback = field.required ? '' : `=${JSON.stringify(field.default ?? null)}`;
    return `${field.name}${fallback}${skeletonOf(field)}`;
  });
  return `{${fields.sort().join()}}`;
}

/** Any item of a list. */
export function itemOf(list: Known, base = `${list.base}[]`): Known {
  const path = list.path ? { path: [...list.path, null] } : {};
  if (list.items) {
    const symbol = short(base);
    return { ...list.items, symbol, base: symbol, ...('path' in list.items ? {} : path) };
  }
  const { was, now } = list.shapes ?? {};
  if (was?.items || now?.items)
    return shapeValue({ was: was?.items, now: now?.items }, short(base), path.path);
  if (Array.isArray(list.constant) && list.constant.length > 0) {
    return list.constant.map(constantOf).reduce((a, b) => either(a, b, short(base)), NOTHING);
  }
  // No list of a call has null as an item.
  return known('any', base, { nullable: list.shapes === undefined, ...path });
}

export const NOTHING: Known = known('null', 'null', { constant: null });

/** The field of an object by its name, or undefined where it can't be there. */
export function fieldOf(object: Known, name: string): Known | undefined {
  if (object.made) return object.made.get(name);
  const base = short(`${object.base}.${name}`);
  const path = object.path ? [...object.path, name] : undefined;
  if (object.constant !== undefined) {
    const constant = object.constant as Record<string, JsonValue>;
    return Object.hasOwn(constant, name) ? constantOf(constant[name] as JsonValue) : undefined;
  }
  const { was, now } = object.shapes ?? {};
  if (now?.fields) {
    const field = now.fields.find((one) => one.name === name);
    return field && fieldValue(field, was?.fields, base, path ?? [name]);
  }
  const needed = missing(known('any', base, path ? { path } : {}));
  const field = was?.fields?.find((one) => one.name === name);
  if (!field) return was?.fields ? { ...needed, type: 'any' } : needed;
  const value = shapeValue({ was: field }, base, path);
  return field.required ? value : { ...value, nullable: true, missing: needed.missing as Need };
}

/** The same value, which may be undefined. */
export function missing(value: Known, label = labelOf(value)): Known {
  return {
    ...value,
    missing: {
      key: value.symbol,
      when: label === 'a value' ? 'a value is missing' : `\`${label}\` is missing`,
      ...pathOf(value),
    },
  };
}

export function pathOf({ path }: Known): { path?: readonly KnownStep[] } {
  return path ? { path } : {};
}

/** `order.items[].price`, for sentences. */
export function labelOf({ path, symbol }: Known): string {
  if (!path) return /^[\w.[\]]+$/.test(symbol) ? symbol : 'a value';
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'string' ? (text === '' ? step : `${text}.${step}`) : `${text}[${step ?? ''}]`,
    '',
  );
}

/** A value that is one of two. @param symbol names the choice */
export function either(a: Known, b: Known, symbol: string): Known {
  if (a.symbol === b.symbol && !a.missing === !b.missing) return a;
  const nullable = a.nullable || b.nullable;
  const type = a.type === b.type || b.type === 'null' ? a.type : a.type === 'null' ? b.type : 'any';
  const [list, other] = a.type === 'null' ? [b, a] : [a, b];
  const same = other.type === 'null' || (list.type === other.type && list.shapes === other.shapes);
  const atLeast = other.type === 'null' ? list.atLeast : Math.min(a.atLeast, b.atLeast);
  return {
    ...known(type, symbol, { nullable, atLeast }),
    ...(same && list.shapes ? { shapes: list.shapes } : {}),
    ...(type === 'list' && !same && list.items && other.items
      ? { items: either(list.items, other.items, `${symbol}[]`) }
      : {}),
    ...(same && list.items ? { items: list.items } : {}),
    ...(a.path && a.path.join() === b.path?.join() ? { path: a.path } : {}),
    ...(a.missing || b.missing
      ? { missing: { key: short(symbol), when: (a.missing ?? b.missing)!.when } }
      : {}),
  };
}

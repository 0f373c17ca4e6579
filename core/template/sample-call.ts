/** Values to call a prompt with: for lines to copy and previews. */
import { own } from '../json.ts';
import type { JsonObject, Parameter, PromptContent, ValueShape } from '../prompt.ts';
import type { SampledShape } from '../sample-values.ts';
import { sampleValues } from '../sample-values.ts';
import { templatesOf } from './analyse.ts';
import type { Read } from './read-values.ts';
import { readTemplates, type ReadOptions } from './reads.ts';

/** Samples of lists are not longer than this. */
const ITEMS_MAX = 20;

/**
 * Makes values for the required parameters of a prompt. Objects and lists without declared fields or items get those
 * that the templates read, also those of rendered prompts, so that the prompt renders with them.
 */
export function sampleCall(content: PromptContent, options?: ReadOptions): JsonObject {
  const reads = readTemplates(
    templatesOf(content).map(({ source }) => source),
    options,
  );
  const keys = sampleValues(content.parameters);
  return sampleValues(
    content.parameters.map((parameter) => completeParameter(parameter, reads.get(parameter.name), keys)),
  );
}

/** @param keys samples of the parameters that may be keys and indexes of others */
function completeParameter(parameter: Parameter, read: Read | undefined, keys: JsonObject): Parameter {
  if (!read) return parameter;
  const hasNoDefault = (parameter.default ?? null) === null;
  // A template that reads a part of an optional value fails without it, unless it checks first.
  const isNeeded = hasNoDefault && (read.fields.size > 0 || read.itemCount > 0);
  return { ...parameter, ...completeShape(parameter, read, keys), required: parameter.required || isNeeded };
}

function completeShape(shape: ValueShape, read: Read, keys: JsonObject): SampledShape {
  if (shape.type === 'object') {
    const fields = shape.fields
      ? shape.fields.map((field) => completeParameter(field, read.fields.get(field.name), keys))
      : fieldsOf(read, keys);
    return { ...shape, ...(fields.length > 0 ? { fields } : {}) };
  }
  if (shape.type === 'list') {
    const ofItems = read.items ?? read.keyed?.read;
    if (!ofItems) return shape;
    const items = shape.items ? completeShape(shape.items, ofItems, keys) : shapeOfRead(ofItems, keys);
    return { ...shape, items, itemCount: Math.max(read.itemCount, ...indexesOf(read, keys)) };
  }
  const { wanted } = read;
  const isFitting = !shape.enum && typeof wanted === shape.type;
  return isFitting && wanted !== undefined ? { ...shape, sample: wanted } : shape;
}

function fieldsOf(read: Read, keys: JsonObject): Parameter[] {
  const named = [...read.fields].map(([name, field]) => ({
    name,
    required: true,
    ...shapeOfRead(field, keys),
  }));
  const keyed = [...(read.keyed?.by ?? [])].flatMap((by) => {
    const key = own(keys, by);
    const isKey = typeof key === 'string' && !read.fields.has(key);
    return isKey && read.keyed ? [{ name: key, required: true, ...shapeOfRead(read.keyed.read, keys) }] : [];
  });
  return [...named, ...keyed];
}

/** How many items the indexes need that are other values. */
function indexesOf(read: Read, keys: JsonObject): number[] {
  return [...(read.keyed?.by ?? [])].map((by) => {
    const index = own(keys, by);
    return typeof index === 'number' && index >= 0 && index < ITEMS_MAX ? Math.floor(index) + 1 : 0;
  });
}

function shapeOfRead(read: Read, keys: JsonObject): SampledShape {
  const { isList, isObject, wanted } = read;
  const type = isList ? 'list' : isObject ? 'object' : printedType(wanted);
  return completeShape({ type }, read, keys);
}

/** The type of a value that a template prints and perhaps compares with `wanted`. */
function printedType(wanted: Read['wanted']): 'number' | 'boolean' | 'string' {
  if (typeof wanted === 'number') return 'number';
  return typeof wanted === 'boolean' ? 'boolean' : 'string';
}

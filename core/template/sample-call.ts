/** Values to call a prompt with: for lines to copy and previews. */
import type { JsonObject, Parameter, PromptContent, ValueShape } from '../prompt.ts';
import type { SampledShape } from '../sample-values.ts';
import { sampleValues } from '../sample-values.ts';
import { templatesOf } from './analyse.ts';
import type { Parse } from './parse.ts';
import type { Read } from './reads.ts';
import { readTemplates } from './reads.ts';

/**
 * Makes values for the required parameters of a prompt. Objects and lists without declared fields or items get those
 * that the templates read, so that the prompt renders with them.
 */
export function sampleCall(content: PromptContent, parse?: Parse): JsonObject {
  const reads = readTemplates(
    templatesOf(content).map(({ source }) => source),
    parse,
  );
  return sampleValues(
    content.parameters.map((parameter) => completeParameter(parameter, reads.get(parameter.name))),
  );
}

function completeParameter(parameter: Parameter, read: Read | undefined): Parameter {
  if (!read) return parameter;
  const hasNoDefault = (parameter.default ?? null) === null;
  // A template that reads a part of an optional value fails without it, unless it checks first.
  const isNeeded = hasNoDefault && (read.fields.size > 0 || read.itemCount > 0);
  return { ...parameter, ...completeShape(parameter, read), required: parameter.required || isNeeded };
}

function completeShape(shape: ValueShape, read: Read): SampledShape {
  if (shape.type === 'object') {
    const fields = shape.fields
      ? shape.fields.map((field) => completeParameter(field, read.fields.get(field.name)))
      : [...read.fields].map(([name, field]) => ({ name, required: true, ...shapeOfRead(field) }));
    return { ...shape, ...(fields.length > 0 ? { fields } : {}) };
  }
  if (shape.type !== 'list' || !read.items) return shape;
  const items = shape.items ? completeShape(shape.items, read.items) : shapeOfRead(read.items);
  return { ...shape, items, itemCount: read.itemCount };
}

function shapeOfRead(read: Read): SampledShape {
  const type = read.isList ? 'list' : read.isObject ? 'object' : 'string';
  return completeShape({ type }, read);
}

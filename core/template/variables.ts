/** Which parameters a template wants. */
import type { PromptContent } from '../prompt.ts';
import { templatesOf } from './analyse.ts';
import type { Parse } from './parse.ts';
import type { Read } from './read-values.ts';
import { readTemplates } from './reads.ts';

/** The type that a value most likely has. */
export interface FoundShape {
  type: 'string' | 'list' | 'object';
  /** The fields that are read. Left out when the object is also used as a whole, because it may have others. */
  fields?: FoundVariable[];
  items?: FoundShape;
}

/** A name that a template reads. */
export interface FoundVariable extends FoundShape {
  name: string;
}

/**
 * Returns the variables of a template that has no parameters yet, in the order in which they first appear. A value that is
 * looped over is a list, one with properties is an object, and all others are strings.
 */
export function findVariables(template: string, parse?: Parse): FoundVariable[] {
  return variablesOf(readTemplates([template], { parse }));
}

/** Returns the variables of all templates of a content. */
export function findVariablesOf(content: PromptContent, parse?: Parse): FoundVariable[] {
  return variablesOf(
    readTemplates(
      templatesOf(content).map(({ source }) => source),
      { parse },
    ),
  );
}

function variablesOf(reads: ReadonlyMap<string, Read>): FoundVariable[] {
  return [...reads].map(([name, read]) => ({ name, ...shapeOf(read) }));
}

/** Returns the shape that a value must have for what templates read of it. */
export function shapeOf({ isList, isObject, isWhole, fields, items }: Read): FoundShape {
  if (isList) return { type: 'list', ...(items && isRead(items) ? { items: shapeOf(items) } : {}) };
  if (!isObject) return { type: 'string' };
  const isClosed = !isWhole && fields.size > 0;
  return { type: 'object', ...(isClosed ? { fields: variablesOf(fields) } : {}) };
}

/** Whether a loop uses its items at all. */
function isRead({ isList, isObject, isWhole }: Read): boolean {
  return isList || isObject || isWhole;
}

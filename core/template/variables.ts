/** Which parameters a pasted template wants. */
import type { Parse } from './parse.ts';
import { parseTemplate } from './parse.ts';
import type { Shape } from './shapes.ts';
import { ANY } from './shapes.ts';
import type { Use } from './read.ts';
import { walkTemplate } from './walk.ts';

/** A name that a template reads, with the type it most likely has. */
export interface FoundVariable {
  name: string;
  type: 'string' | 'list' | 'object';
}

/**
 * The variables of a template that has no parameters yet, in the order in which they first appear: looped over is
 * a list, asked for a property an object, all else a string. A template that can't be parsed has none.
 */
export function findVariables(template: string, parse: Parse = parseTemplate): FoundVariable[] {
  const parsed = parse(template);
  if (!parsed.ok) return [];
  const found = new Map<string, Set<Use>>();
  const read = (name: string, use: Use): Shape => {
    const uses = found.get(name) ?? new Set();
    found.set(name, uses.add(use));
    return ANY;
  };
  walkTemplate(
    { source: template, place: { part: 'template' }, parameters: new Map(), problems: [], read },
    parsed.template.nodes,
  );
  return [...found].map(([name, uses]) => ({
    name,
    type: uses.has('list') ? 'list' : uses.has('object') ? 'object' : 'string',
  }));
}

/** Which parameters a pasted template wants. */
import { isParameterName } from '../parameter-name.ts';
import type { Parse } from './parse.ts';
import { parseTemplate } from './parse.ts';
import type { Path, Use } from './read.ts';
import type { Shape } from './shapes.ts';
import { ANY } from './shapes.ts';
import { walkTemplate } from './walk.ts';

/** Deeper ones a person declares. */
const FIELDS_DEPTH_MAX = 4;

/** A name that a template reads, with the type it most likely has. */
export interface FoundVariable {
  name: string;
  type: 'string' | 'list' | 'object';
  /** What is read of an object; left out when it is also used as a whole, for then it may have others. */
  fields?: FoundVariable[];
}

/** How a name or field is used in all places together. */
interface Found {
  uses: Set<Use>;
  fields: Map<string, Found>;
}

/**
 * The variables of a template that has no parameters yet, in the order in which they first appear: looped over is
 * a list, asked for a property an object, all else a string. A template that can't be parsed has none.
 */
export function findVariables(template: string, parse: Parse = parseTemplate): FoundVariable[] {
  const parsed = parse(template);
  if (!parsed.ok) return [];
  const all: Found = { uses: new Set(), fields: new Map() };
  const read = (name: string, use: Use, path?: Path): Shape => {
    const found = fieldOf(all, name);
    found.uses.add(use);
    if (path) notePath(found, path);
    return ANY;
  };
  walkTemplate(
    { source: template, place: { part: 'template' }, parameters: new Map(), problems: [], read },
    parsed.template.nodes,
  );
  return variablesOf(all);
}

function fieldOf(owner: Found, name: string): Found {
  const found = owner.fields.get(name) ?? { uses: new Set(), fields: new Map() };
  owner.fields.set(name, found);
  return found;
}

function notePath(root: Found, { steps, use }: Path): void {
  let owner = root;
  for (const [depth, step] of steps.entries()) {
    if (typeof step === 'number' || step === 'first' || step === 'last') return void owner.uses.add('list');
    if (step === 'size') return;
    // A step that no field can be declared for: the object stays open.
    const isField = step !== undefined && depth < FIELDS_DEPTH_MAX && isParameterName(step);
    if (!isField) return void owner.uses.add('object').add('value');
    owner.uses.add('object');
    owner = fieldOf(owner, step);
  }
  if (owner !== root) owner.uses.add(use);
}

function variablesOf({ fields }: Found): FoundVariable[] {
  return [...fields].map(([name, { uses, fields: own }]) => {
    const type = uses.has('list') ? 'list' : uses.has('object') ? 'object' : 'string';
    const closed = type === 'object' && !uses.has('value') && own.size > 0;
    return { name, type, ...(closed ? { fields: variablesOf({ uses, fields: own }) } : {}) };
  });
}

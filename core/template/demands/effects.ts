/** The names that a part of a template changes, without a walk of its values. */
import type { Node } from '../syntax.ts';

export interface Effects {
  /** Names that `assign` and `capture` set, and `#name` for counters. */
  names: string[];
  /** Whether a `break` or `continue` leaves it. */
  jumps: boolean;
}

export function effectsOf(nodes: readonly Node[]): Effects {
  const names = new Set<string>();
  const visit = (list: readonly Node[], isInside: boolean): boolean => {
    let jumps = false;
    for (const node of list) {
      if (node.type === 'assign' || node.type === 'capture') names.add(node.name);
      if (node.type === 'counter') names.add(`#${node.name}`);
      if (node.type === 'jump') jumps ||= isInside;
      // A `for` ends where its own jumps lead; a `tablerow` doesn't.
      const isFor = node.type === 'loop' && node.tag === 'for';
      for (const body of bodiesOf(node)) {
        const own = visit(body, true);
        jumps ||= own && !(isFor && body === node.body);
      }
    }
    return jumps;
  };
  const jumps = visit(nodes, true);
  return { names: [...names], jumps };
}

function bodiesOf(node: Node): Node[][] {
  switch (node.type) {
    case 'capture':
    case 'block':
      return [node.body];
    case 'loop':
      return [node.body, node.otherwise];
    case 'choice':
    case 'case':
      return [...node.branches.map(({ body }) => body), node.otherwise];
    default:
      return [];
  }
}

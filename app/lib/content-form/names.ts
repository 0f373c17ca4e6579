/** Names of fields like `parameters[1][fields][0][name]`, read into a tree and back. */

/** What stands below a name: texts of fields, and further names. */
export interface NameTree {
  text?: string;
  children: Map<string, NameTree>;
}

const NAME = /^([a-z]+)((?:\[[a-z0-9]{1,20}\])*)$/;
/** Far deeper than parameters may nest; keeps a made-up name from growing a tree that nobody can walk. */
const STEPS_MAX = 40;

/** The steps of a field's name, or undefined when it is none of ours. */
export function stepsOf(name: string): string[] | undefined {
  const match = NAME.exec(name);
  if (!match?.[1]) return undefined;
  const steps = [match[1], ...(match[2] ?? '').split(/[[\]]+/).filter(Boolean)];
  return steps.length > STEPS_MAX ? undefined : steps;
}

/** `['parameters', 1, 'name']` → `parameters[1][name]` */
export function nameOf(steps: readonly (string | number)[]): string {
  return steps.map((step, index) => (index === 0 ? step : `[${step}]`)).join('');
}

/** Reads all fields of a form. The last of two fields of one name counts; files and unknown names are passed over. */
export function readNames(form: FormData): NameTree {
  const root: NameTree = { children: new Map() };
  for (const [name, value] of form) {
    const steps = typeof value === 'string' ? stepsOf(name) : undefined;
    if (!steps || typeof value !== 'string') continue;
    let node = root;
    for (const step of steps) {
      let next = node.children.get(step);
      if (!next) node.children.set(step, (next = { children: new Map() }));
      node = next;
    }
    node.text = value;
  }
  return root;
}

/** The text of a field below a node; empty when it isn't there. */
export function textAt(node: NameTree | undefined, step: string): string {
  return node?.children.get(step)?.text ?? '';
}

/** The numbered nodes below a name, in their order; holes are closed. */
export function listAt(node: NameTree | undefined, step: string): NameTree[] {
  const children = node?.children.get(step)?.children ?? new Map<string, NameTree>();
  return [...children]
    .filter(([key]) => /^\d{1,6}$/.test(key))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, child]) => child);
}

import type { JsonObject, JsonValue, Parameter, ValueShape } from '../prompt.ts';
import { objectOf } from '../json.ts';
import { sampleValue, sampleValues } from '../value.ts';
import type { LocatedChange, Rule, Step } from './changes.ts';

/** A call that rendered with the old contract and fails with the new one. Both were tried. */
export interface Witness {
  prompt: string;
  values: JsonObject;
  /** The sentence of the change that broke it. */
  why: string;
  /** It fails only if names that the prompt doesn't have are refused. */
  needs_strict: boolean;
}

/** Marks a value that isn't given. */
const OMITTED = Symbol('omitted');
type Leaf = JsonValue | typeof OMITTED;

/** Calls that a breaking change may break, the likeliest first. They aren't checked. */
export function callsBrokenBy(parameters: readonly Parameter[], change: LocatedChange): JsonObject[] {
  const { steps, rule } = change;
  const shape = shapeAt(parameters, steps);
  return candidates(rule, shape, steps).map((leaf) => placeInObject(parameters, steps, leaf));
}

/** Returns values for the place of the change with which calls may break. */
function candidates(rule: Rule, shape: ValueShape | undefined, steps: readonly Step[]): Leaf[] {
  switch (rule) {
    case 'parameter.new_required':
    case 'parameter.made_required':
      return [OMITTED];
    case 'parameter.gone':
      return shape ? [sampleValue(shape, lastName(steps))] : [];
    case 'parameter.retyped':
      return shape ? [sampleValue(shape, lastName(steps)), ['text'], [1], ...nearMessages(shape)] : [];
    case 'parameter.enum_lost':
      return shape?.enum ?? [];
    case 'parameter.enum_put_on':
      return shape?.type === 'number' ? otherNumbers() : otherTexts();
    case 'parameter.fields_put_on':
      return otherTexts().map((name) => objectOf([[name, true]]));
    case 'parameter.items_put_on':
      return [['text'], [1]];
    default:
      return [];
  }
}

/** Lists and messages share values, so between the two it takes one that is no longer, or not yet, the other. */
function nearMessages(shape: ValueShape): JsonValue[] {
  if (shape.type === 'messages') {
    return otherTexts().map((key) => [
      objectOf([...Object.entries({ role: 'user', content: 'Hello' }), [key, true]]),
    ]);
  }
  return shape.items?.fields ? [[{ ...sampleValues(shape.items.fields), role: '' }]] : [];
}

/** An enum has at most 500 values, so one of these is in none. */
function otherTexts(): string[] {
  return Array.from({ length: 502 }, (_, n) => (n === 0 ? 'another' : `another_${n}`));
}
function otherNumbers(): number[] {
  return Array.from({ length: 502 }, (_, n) => n);
}

function lastName(steps: readonly Step[]): string {
  return steps.findLast((step) => step !== null) ?? 'value';
}

/** The old shape at the place; undefined when there was none. */
function shapeAt(parameters: readonly Parameter[], steps: readonly Step[]): ValueShape | undefined {
  const [first, ...rest] = steps;
  let shape: ValueShape | undefined = parameters.find((parameter) => parameter.name === first);
  for (const step of rest) {
    shape = step === null ? shape?.items : shape?.fields?.find((field) => field.name === step);
  }
  return shape;
}

/** A valid object of these parameters, with the leaf at the end of the steps. */
function placeInObject(parameters: readonly Parameter[], steps: readonly Step[], leaf: Leaf): JsonObject {
  const values = sampleValues(parameters);
  const [name, ...rest] = steps;
  const parameter = parameters.find((one) => one.name === name);
  if (typeof name !== 'string') return values;
  const placed = rest.length === 0 || !parameter ? leaf : placeInValue(parameter, name, rest, leaf);
  const others = Object.entries(values).filter(([key]) => key !== name);
  return objectOf(placed === OMITTED ? others : [...others, [name, placed]]);
}

function placeInValue(shape: ValueShape, name: string, steps: readonly Step[], leaf: Leaf): Leaf {
  const [step, ...rest] = steps;
  if (step === undefined) return leaf;
  if (step !== null) return placeInObject(shape.fields ?? [], steps, leaf);
  if (!shape.items) return leaf;
  const item = placeInValue(shape.items, name, rest, leaf);
  return item === OMITTED ? [] : [item];
}

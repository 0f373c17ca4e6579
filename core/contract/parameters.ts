import { equalJson } from '../json.ts';
import { a } from '../parameter.ts';
import type { JsonValue, Parameter, ValueShape } from '../prompt.ts';
import { change, printSteps, shown, type LocatedChange, type Rule, type Step } from './changes.ts';

/** The current place of the comparison: the prompt, and the steps into its parameters. */
interface Here {
  prompt: string;
  steps: Step[];
}

/** Returns the changes between two lists of parameters, or of fields of an object. */
export function compareParameters(
  before: readonly Parameter[],
  after: readonly Parameter[],
  here: Here,
): LocatedChange[] {
  const old = new Map(before.map((one) => [one.name, one]));
  const now = new Map(after.map((one) => [one.name, one]));
  const changes: LocatedChange[] = [];
  for (const one of before) {
    if (now.has(one.name)) continue;
    const at = inside(here, one.name);
    changes.push(
      say('parameter.gone', at, (name, noun) => `lost the ${noun} ${name}`, { before: data(one) }),
    );
  }
  for (const one of after) {
    const previous = old.get(one.name);
    if (previous) changes.push(...compareParameter(previous, one, inside(here, one.name)));
    else changes.push(newParameter(one, inside(here, one.name)));
  }
  return changes;
}

function newParameter(one: Parameter, here: Here): LocatedChange {
  if (one.required) {
    return say(
      'parameter.new_required',
      here,
      (name, noun) => `has a new required ${noun} ${name} (${one.type})`,
      { after: data(one) },
    );
  }
  return say(
    'parameter.new_optional',
    here,
    (name, noun) => `has a new optional ${noun} ${name} (${one.type}, ${given(one.default)} when not given)`,
    { after: data(one) },
  );
}

function compareParameter(before: Parameter, after: Parameter, here: Here): LocatedChange[] {
  const changes = compareShapes(before, after, here);
  if (before.required && !after.required) {
    const now = `${given(after.default)} when not given`;
    changes.push(
      say('parameter.made_optional', here, (name, noun) => `no longer requires the ${noun} ${name} (${now})`),
    );
  } else if (!before.required && after.required) {
    changes.push(say('parameter.made_required', here, (name, noun) => `requires the ${noun} ${name} now`));
  } else if (!before.required && !equalJson(before.default ?? null, after.default ?? null)) {
    const values = { before: before.default ?? null, after: after.default ?? null };
    const words = `${given(values.before)} to ${given(values.after)}`;
    changes.push(
      say(
        'parameter.default_changed',
        here,
        (name) => `changes what ${name} is when not given, from ${words}`,
        values,
      ),
    );
  }
  const deprecated = { before: before.deprecated ?? '', after: after.deprecated ?? '' };
  if (deprecated.before !== deprecated.after) {
    const words = deprecated.after === '' ? 'no longer deprecates' : 'deprecates';
    changes.push(
      say('parameter.deprecated', here, (name, noun) => `${words} the ${noun} ${name}`, deprecated),
    );
  }
  return changes;
}

function compareShapes(before: ValueShape, after: ValueShape, here: Here): LocatedChange[] {
  if (before.type !== after.type) {
    const rule = takesAllOf(before, after) ? 'parameter.type_widened' : 'parameter.retyped';
    const words = `${typeName(before)} to ${typeName(after)}`;
    const types = { before: before.type, after: after.type };
    return [say(rule, here, (name) => `changes ${name} from ${words}`, types)];
  }
  const changes = [...compareEnums(before.enum, after.enum, here)];
  if (before.type === 'object') changes.push(...compareFields(before.fields, after.fields, here));
  if (before.type === 'list') changes.push(...compareItems(before.items, after.items, here));
  const described = { before: before.description ?? '', after: after.description ?? '' };
  if (described.before !== described.after) {
    changes.push(say('parameter.described', here, (name) => `describes ${name} differently`, described));
  }
  return changes;
}

function typeName({ type }: ValueShape): string {
  return type === 'messages' ? 'messages' : a(type);
}

/**
 * Whether a shape of another type takes every value that was valid before. Only lists and messages share values:
 * messages are lists of open objects, and items that declare a role and a content are messages.
 */
function takesAllOf(before: ValueShape, after: ValueShape): boolean {
  if (before.type === 'messages' && after.type === 'list') {
    return !after.items || (after.items.type === 'object' && !after.items.fields);
  }
  if (before.type !== 'list' || after.type !== 'messages' || before.items?.type !== 'object') return false;
  const role = before.items.fields?.find(({ name }) => name === 'role');
  const content = before.items.fields?.find(({ name }) => name === 'content');
  if (!role?.required || role.type !== 'string' || !role.enum || role.enum.includes('')) return false;
  return content?.required === true && (content.type === 'string' || content.type === 'list');
}

function compareEnums(before: ValueShape['enum'], after: ValueShape['enum'], here: Here): LocatedChange[] {
  if (!before && !after) return [];
  if (!before) {
    return [
      say('parameter.enum_put_on', here, (name) => `takes only ${values(after)} for ${name} now`, { after }),
    ];
  }
  if (!after)
    return [say('parameter.enum_taken_off', here, (name) => `takes any value for ${name} now`, { before })];
  const lost = before.filter((value) => !after.includes(value));
  const added = after.filter((value) => !before.includes(value));
  return [
    ...(lost.length > 0
      ? [
          say('parameter.enum_lost', here, (name) => `no longer takes ${values(lost)} for ${name}`, {
            before: lost,
          }),
        ]
      : []),
    ...(added.length > 0
      ? [
          say('parameter.enum_added', here, (name) => `takes ${values(added)} for ${name} too`, {
            after: added,
          }),
        ]
      : []),
  ];
}

function compareFields(
  before: ValueShape['fields'],
  after: ValueShape['fields'],
  here: Here,
): LocatedChange[] {
  if (before && after) return compareParameters(before, after, here);
  if (after)
    return [say('parameter.fields_put_on', here, (name) => `takes only declared fields in ${name} now`)];
  if (before) return [say('parameter.fields_taken_off', here, (name) => `takes any field in ${name} now`)];
  return [];
}

function compareItems(before: ValueShape['items'], after: ValueShape['items'], here: Here): LocatedChange[] {
  if (before && after) return compareShapes(before, after, inside(here, null));
  if (after) {
    return [
      say('parameter.items_put_on', here, (name) => `takes only ${a(after.type)} as an item of ${name} now`),
    ];
  }
  if (before) return [say('parameter.items_taken_off', here, (name) => `takes any item in ${name} now`)];
  return [];
}

function inside({ prompt, steps }: Here, step: Step): Here {
  return { prompt, steps: [...steps, step] };
}

function say(
  rule: Rule,
  { prompt, steps }: Here,
  words: (name: string, noun: string) => string,
  judged: { before?: JsonValue; after?: JsonValue } = {},
): LocatedChange {
  const place = printSteps(steps);
  const noun = steps.length > 1 ? 'field' : 'parameter';
  const sentence = `\`${prompt}\` ${words(`\`${place}\``, noun)}.`;
  return { ...change(rule, prompt, place, sentence, judged), steps };
}

/** A parameter as data; its optional keys are absent, never undefined, as it was read from JSON. */
function data(one: Parameter): JsonValue {
  return { ...one } as unknown as JsonValue;
}

function given(value: JsonValue | undefined): string {
  return shown(value ?? null);
}

function values(list: readonly (string | number)[] = []): string {
  const first = list.slice(0, 5).map(shown);
  const more = list.length - first.length;
  return `${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The rules of parameters: names, types, enum, defaults, fields and items. */
import { inexactNumber, isExactNumber } from './exact-numbers.ts';
import { hasNameCharacters, NAME_LENGTH_MAX, RESERVED_NAMES, toParameterName } from './parameter-name.ts';
import type { ChatMessage, Parameter, ParameterType, Problem, ValueShape } from './prompt.ts';
import { PARAMETER_TYPES } from './prompt.ts';
import { boundedMessage, isStorableText } from './text.ts';
import { MAX_NOTES } from './value-notes.ts';
import { checkValue } from './value.ts';

/** Bounds that no real prompt comes near (the largest seen has 26 parameters); they keep every walk short. */
export const PARAMETER_BOUNDS = {
  /** Levels of parameters, fields and items inside each other; a parameter of the prompt is level 1. */
  depth: 8,
  /** Parameters, fields and items of one prompt, all levels together. */
  count: 500,
  enumValues: 200,
  nameLength: NAME_LENGTH_MAX,
  descriptionLength: 2_000,
  deprecatedLength: 500,
  /** A default is deep enough with 32 levels: with the parameter's own it stays within the bounds of values. */
  default: { depth: 32, count: 10_000 },
} as const;

/** What a parameter breaks; ids never change. */
export type ParameterRule =
  | 'parameter.name_invalid'
  | 'parameter.name_reserved'
  | 'parameter.name_taken'
  | 'parameter.type_unknown'
  | 'parameter.enum_not_allowed'
  | 'parameter.enum_invalid'
  | 'parameter.default_on_required'
  | 'parameter.default_invalid'
  | 'parameter.fields_not_allowed'
  | 'parameter.fields_empty'
  | 'parameter.items_not_allowed'
  | 'parameter.messages_not_allowed'
  | 'parameter.text_malformed'
  | 'parameter.text_too_long'
  | 'parameter.too_deep'
  | 'parameter.too_many';

interface Walk {
  problems: Problem[];
  left: number;
}

/**
 * Checks a prompt's parameters by themselves; an empty answer means that `sampleValues` makes valid values of
 * them. `path` is put before the places found. What can't be stored or walked (bounds, malformed text) has the
 * severity `syntax`, all else `error`.
 */
export function checkParameters(parameters: readonly Parameter[], path = ''): Problem[] {
  const walk: Walk = { problems: [], left: PARAMETER_BOUNDS.count };
  checkFields(parameters, path, 1, walk);
  return walk.problems;
}

/**
 * Checks that each placeholder of a chat prompt names a parameter of type `messages`; what is wrong has rule
 * `placeholder.unknown` or `placeholder.not_messages`.
 */
export function checkPlaceholders(
  messages: readonly ChatMessage[],
  parameters: readonly Parameter[],
): Problem[] {
  return messages.flatMap((message, index): Problem[] => {
    if (!('placeholder' in message)) return [];
    const name = message.placeholder;
    const type = parameters.find((parameter) => parameter.name === name)?.type;
    if (type === 'messages') return [];
    const place = { part: 'message', message: index } as const;
    const [rule, sentence] =
      type === undefined
        ? ['placeholder.unknown', `There is no parameter \`${name}\`: add one of type messages.`]
        : [
            'placeholder.not_messages',
            `\`${name}\` is ${a(type)}: a placeholder needs a parameter of type messages.`,
          ];
    return [{ rule, severity: 'error', message: sentence, place }];
  });
}

function checkFields(fields: readonly Parameter[], parent: string, depth: number, walk: Walk): void {
  const names = new Set<string>();
  for (const field of fields) {
    const path = parent === '' ? field.name : `${parent}.${field.name}`;
    checkName(field.name, path, names, walk);
    checkText(field.deprecated, 'deprecation message', PARAMETER_BOUNDS.deprecatedLength, path, walk);
    if (!checkShape(field, path, depth, walk)) return;
    checkDefault(field, path, walk);
  }
}

function checkName(name: string, path: string, names: Set<string>, walk: Walk): void {
  const { nameLength } = PARAMETER_BOUNDS;
  if (!isStorableText(name)) {
    const sentence = 'A name contains an invalid Unicode character or NUL. Type it again.';
    report(walk, 'parameter.text_malformed', path, sentence, 'syntax');
  } else if (name.length > nameLength) {
    const sentence = `A name has at most ${nameLength} characters: \`${name.slice(0, 20)}…\` has ${name.length}.`;
    report(walk, 'parameter.text_too_long', path, sentence, 'syntax');
  } else if (!hasNameCharacters(name)) {
    const rule = 'letters A to Z, digits and _, not beginning with a digit';
    const sentence =
      name === ''
        ? `A parameter has no name. Give it one of ${rule}.`
        : `\`${name}\` can't be a name. Write \`${toParameterName(name)}\`: ${rule}.`;
    report(walk, 'parameter.name_invalid', path, sentence);
  } else if (RESERVED_NAMES.includes(name)) {
    const sentence = `\`${name}\` is a reserved word. Choose another name.`;
    report(walk, 'parameter.name_reserved', path, sentence);
  } else if (names.has(name)) {
    report(walk, 'parameter.name_taken', path, `\`${path}\` is there twice: rename or remove one.`);
  }
  names.add(name);
}

/** @returns false when the bounds are reached and the walk ends. */
function checkShape(shape: ValueShape, path: string, depth: number, walk: Walk): boolean {
  const { depth: deepest, count } = PARAMETER_BOUNDS;
  walk.left -= 1;
  if (walk.left < 0) {
    const sentence = `A prompt has at most ${count} parameters, fields and items in all: remove some.`;
    report(walk, 'parameter.too_many', path, sentence, 'syntax');
    return false;
  }
  if (depth > deepest) {
    const sentence = `\`${path}\` is nested too deeply: at most ${deepest} levels. Leave an object or list above it open.`;
    report(walk, 'parameter.too_deep', path, sentence, 'syntax');
    return false;
  }
  checkText(shape.description, 'description', PARAMETER_BOUNDS.descriptionLength, path, walk);
  checkType(shape, path, depth, walk);
  checkEnum(shape, path, walk);
  if (shape.fields) {
    if (shape.type !== 'object') {
      const sentence = `\`${path}\` is ${a(shape.type)}: only an object has fields.`;
      report(walk, 'parameter.fields_not_allowed', path, sentence);
    }
    if (shape.fields.length === 0) {
      const sentence = `\`${path}\` declares no field at all: add one, or leave the object open.`;
      report(walk, 'parameter.fields_empty', path, sentence);
    }
    checkFields(shape.fields, path, depth + 1, walk);
  }
  if (shape.items) {
    if (shape.type !== 'list') {
      const sentence = `\`${path}\` is ${a(shape.type)}: only a list has items.`;
      report(walk, 'parameter.items_not_allowed', path, sentence);
    }
    return checkShape(shape.items, `${path}[]`, depth + 1, walk);
  }
  return walk.left >= 0;
}

function checkType(shape: ValueShape, path: string, depth: number, walk: Walk): void {
  if (!PARAMETER_TYPES.includes(shape.type)) {
    const sentence = `\`${path}\` has no known type: take one of ${PARAMETER_TYPES.join(', ')}.`;
    report(walk, 'parameter.type_unknown', path, sentence);
  } else if (shape.type === 'messages' && depth > 1) {
    const sentence = `\`${path}\` can't be of type messages: only a parameter of the prompt itself can, for a placeholder.`;
    report(walk, 'parameter.messages_not_allowed', path, sentence);
  }
}

function checkEnum(shape: ValueShape, path: string, walk: Walk): void {
  const values = shape.enum;
  if (values === undefined) return;
  if (shape.type !== 'string' && shape.type !== 'number') {
    const sentence = `\`${path}\` is ${a(shape.type)}: only a string or a number has a list of allowed values.`;
    return report(walk, 'parameter.enum_not_allowed', path, sentence);
  }
  if (values.some((value) => typeof value === 'string' && !isStorableText(value))) {
    const sentence = `A value that \`${path}\` allows contains an invalid Unicode character or NUL. Type it again.`;
    return report(walk, 'parameter.text_malformed', path, sentence, 'syntax');
  }
  const invalid = (sentence: string) => report(walk, 'parameter.enum_invalid', path, sentence);
  if (values.length === 0)
    invalid(`\`${path}\` allows no value at all: add one, or take the list of values away.`);
  if (values.length > PARAMETER_BOUNDS.enumValues) {
    invalid(`\`${path}\` allows ${values.length} values: at most ${PARAMETER_BOUNDS.enumValues}.`);
  }
  if (new Set(values).size < values.length) invalid(`\`${path}\` allows a value twice: remove one.`);
  const other = values.find(
    (value) => typeof value !== shape.type || (typeof value === 'number' && !Number.isFinite(value)),
  );
  if (
    shape.type === 'number' &&
    typeof other === 'string' &&
    isFinite(Number(other)) &&
    !isExactNumber(other)
  ) {
    invalid(inexactNumber(`A value that \`${path}\` allows`, other));
  } else if (other !== undefined) {
    invalid(
      `\`${path}\` allows ${JSON.stringify(other)}, which is no ${shape.type}: each value must be one.`,
    );
  }
}

function checkDefault(field: Parameter, path: string, walk: Walk): void {
  if (field.default === undefined) return;
  if (field.required) {
    const sentence = `\`${path}\` is required, so its default is never used: make it optional or remove the default.`;
    return report(walk, 'parameter.default_on_required', path, sentence);
  }
  if (field.default === null) return;
  for (const note of checkValue(field, field.default, PARAMETER_BOUNDS.default)) {
    const unstorable =
      note.rule === 'value.malformed_text' ||
      note.rule === 'value.too_deep' ||
      note.rule === 'value.too_many';
    const sentence = `The default of \`${path}\` doesn't fit. ${note.message}`;
    report(walk, 'parameter.default_invalid', path, sentence, unstorable ? 'syntax' : 'error');
  }
}

function checkText(text: string | undefined, what: string, length: number, path: string, walk: Walk): void {
  if (text === undefined) return;
  if (!isStorableText(text)) {
    const sentence = `The ${what} of \`${path}\` contains an invalid Unicode character or NUL. Type it again.`;
    report(walk, 'parameter.text_malformed', path, sentence, 'syntax');
  }
  if (text.length > length) {
    const sentence = `The ${what} of \`${path}\` has ${text.length} characters: at most ${length}.`;
    report(walk, 'parameter.text_too_long', path, sentence, 'syntax');
  }
}

/** A type as it stands in a sentence: "a string", "an object", "of type messages". */
export function a(type: ParameterType): string {
  if (type === 'messages') return 'of type messages';
  return type === 'object' ? 'an object' : `a ${type}`;
}

function report(
  walk: Walk,
  rule: ParameterRule,
  path: string,
  message: string,
  severity: Problem['severity'] = 'error',
): void {
  if (walk.problems.length === MAX_NOTES) return;
  walk.problems.push({
    ...{ rule, severity, message: boundedMessage(message) },
    place: { part: 'parameter', path: boundedMessage(path) },
  });
}

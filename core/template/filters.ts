/** What comes out of a filter, as far as the analysis follows it. */
import type { Shape } from './shapes.ts';
import { ANY, BOOLEAN, NUMBER, STRING, either, itemsOf, listOf, memberOf } from './shapes.ts';

/** Their first argument names a property of each item. */
export const PROPERTY_FILTERS: ReadonlySet<string> = new Set([
  'map', 'where', 'reject', 'find', 'find_index', 'has', 'group_by', 'sort', 'sort_natural', 'sum',
]); // prettier-ignore

/** Their input is a list: what a name that no parameter declares most likely is. */
export const LIST_FILTERS: ReadonlySet<string> = new Set([
  ...PROPERTY_FILTERS, 'join', 'concat', 'push', 'unshift', 'pop', 'shift', 'compact', 'uniq', 'reverse',
  'array_to_sentence_string', 'where_exp', 'reject_exp', 'find_exp', 'find_index_exp', 'has_exp', 'group_by_exp',
]); // prettier-ignore

/** They say of null that it is null, or that it has no size. */
const ANSWER_NULL = new Set(['json', 'jsonify', 'inspect', 'size', 'has', 'has_exp']);
const SAME = new Set([
  'where', 'reject', 'sort', 'sort_natural', 'compact', 'uniq', 'reverse', 'pop', 'shift', 'where_exp', 'reject_exp',
  'raw',
]); // prettier-ignore
const NUMBERS = new Set([
  'abs', 'at_least', 'at_most', 'ceil', 'divided_by', 'floor', 'minus', 'plus', 'modulo', 'times', 'round', 'size',
  'sum', 'to_integer', 'number_of_words',
]); // prettier-ignore
const OPEN_LISTS = new Set(['concat', 'push', 'unshift']);

/**
 * @param args shapes of the arguments
 * @param path of the property that the first argument names, for {@link PROPERTY_FILTERS}
 */
export function shapeAfter(
  name: string,
  input: Shape,
  args: readonly Shape[],
  path?: readonly string[],
): Shape {
  const nullable = input.nullable && !ANSWER_NULL.has(name);
  const shape = plainShapeAfter(name, input, args, path);
  return name === 'default' ? shape : { ...shape, nullable: nullable || shape.nullable };
}

function plainShapeAfter(
  name: string,
  input: Shape,
  args: readonly Shape[],
  path?: readonly string[],
): Shape {
  const item = itemsOf(input);
  const property = () => (path ?? []).reduce<Shape>((shape, step) => memberOf(shape, step) ?? ANY, item);
  if (name === 'default') return either({ ...input, nullable: false }, args[0] ?? ANY);
  if (SAME.has(name)) return input;
  if (NUMBERS.has(name)) return NUMBER;
  if (OPEN_LISTS.has(name)) return listOf(ANY);
  switch (name) {
    case 'map':
      return listOf(path ? property() : ANY);
    case 'find':
    case 'find_exp':
      return { ...item, nullable: true };
    case 'find_index':
    case 'find_index_exp':
      return { ...NUMBER, nullable: true };
    case 'has':
    case 'has_exp':
      return BOOLEAN;
    case 'group_by':
    case 'group_by_exp': {
      const key = name === 'group_by' && path ? property() : ANY;
      return listOf({ type: 'object', nullable: false, fields: new Map([['name', key], ['items', listOf(item)]]) }); // prettier-ignore
    }
    case 'first':
    case 'last':
      return item;
    case 'slice':
      return input.type === 'list' ? input : input.type === 'string' ? STRING : ANY;
    case 'split':
      return listOf(STRING);
    default:
      return STRING;
  }
}

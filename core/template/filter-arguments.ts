/** Arguments of a filter that would make each render fail, or some renders for no visible reason. */
import { TypeGuards } from 'liquidjs';
import type { Token } from 'liquidjs';
import { isZoneOffset } from './dates.ts';
import type { FilterUse } from './value-syntax.ts';

const NEED_ARGUMENT = new Set(['append', 'prepend']);
/** Their first argument names a property of each item, and must be there. */
const NEED_PROPERTY = new Set(['map', 'where', 'reject', 'find', 'find_index', 'has', 'group_by']);
/** Their first argument names a property of each item, if it is there. */
const TAKE_PROPERTY = new Set([...NEED_PROPERTY, 'sort', 'sort_natural', 'sum']);

/** Returns the sentence for wrong arguments of a filter, or undefined if they are right. */
export function findArgumentFault({ name, args }: FilterUse): string | undefined {
  const [first, second] = args;
  if (NEED_ARGUMENT.has(name) && args.length !== 1) {
    return `\`${name}\` takes one argument. Write \`${name}: 'text'\`.`;
  }
  if (name === 'default' && args.length !== 1) {
    return "`default` takes one argument. Write `default: 'text'`.";
  }
  if (NEED_PROPERTY.has(name) && !first) return `\`${name}\` needs a property. Write \`${name}: 'name'\`.`;
  if (TAKE_PROPERTY.has(name) && first && !TypeGuards.isQuotedToken(first)) {
    return `The property of \`${name}\` must be text in quotes. Write \`${name}: 'name'\`.`;
  }
  if (name === 'date' && second && !isZoneLiteral(second)) {
    return "The time zone of `date` must be written as an offset. Write `date: '%H:%M', '+02:00'`.";
  }
  return undefined;
}

function isZoneLiteral(token: Token): boolean {
  if (TypeGuards.isNumberToken(token)) return true;
  if (TypeGuards.isLiteralToken(token)) return ['nil', 'null'].includes(token.literal);
  return TypeGuards.isQuotedToken(token) && isZoneOffset(token.content);
}

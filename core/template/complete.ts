/**
 * Refuses what LiquidJS' tokenizer skips in silence: `{{ list[n - 1] }}` reads `list[n]`, and a text whose quote is
 * missing loses its last letter.
 */
import { TypeGuards } from 'liquidjs';
import type { Token } from 'liquidjs';
import { isExactNumber } from '../exact-numbers.ts';
import { TemplateError } from './errors.ts';

/** @throws TemplateError if the token stands for less than what is written, or for another number */
export function assertComplete(token: Token): void {
  if (TypeGuards.isQuotedToken(token)) assertClosed(token);
  else if (TypeGuards.isNumberToken(token)) assertExact(token);
  else if (TypeGuards.isRangeToken(token)) [token.lhs, token.rhs].forEach(assertComplete);
  else if (TypeGuards.isPropertyAccessToken(token)) {
    if (token.variable) assertComplete(token.variable);
    for (const property of token.props) assertProperty(property, token);
    if (token.input[token.begin] === '.')
      throw new TemplateError('template.syntax', 'A name is written without a dot before it.', token.begin);
    let last = token.end - 1;
    while (last > token.begin && isBlank(token.input[last])) last -= 1;
    if (token.input[last] === '.')
      throw new TemplateError('template.syntax', 'A name is missing after this dot.', last);
  }
}

function assertProperty(property: Token, owner: Token): void {
  // The first name of a path; every other name follows a dot, and everything else stands in brackets.
  if (property.begin === owner.begin) return;
  const { input } = property;
  let before = property.begin - 1;
  while (before > 0 && isBlank(input[before])) before -= 1;
  if (input[before] !== '[') return;
  if (property.begin === property.end) {
    throw new TemplateError(
      'template.brackets',
      '`[ ]` needs one value: a number, a name, or a text in quotes.',
      property.begin,
    );
  }
  assertComplete(property);
  let after = property.end;
  while (isBlank(input[after])) after += 1;
  if (input[after] === ']') return;
  throw new TemplateError(
    'template.brackets',
    'Only one value can stand inside `[ ]`. Compute it before, such as `{% assign i = n | minus: 1 %}`, and write `[i]`.',
    after,
  );
}

function assertClosed(token: Token): void {
  const { input, begin, end } = token;
  if (end - begin >= 2 && input[end - 1] === input[begin]) return;
  throw new TemplateError('template.syntax', `This text is never closed: ${input[begin]} is missing.`, begin);
}

function assertExact(token: Token): void {
  const source = token.getText().replace(/^\+/, '');
  if (isExactNumber(source)) return;
  const shown = source.length > 40 ? `${source.slice(0, 40)}…` : source;
  throw new TemplateError(
    'template.inexact_number',
    `A number can't hold ${shown} exactly. Write it as text, in quotes.`,
    token.begin,
  );
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}

const MODIFIERS = { for: ['limit', 'offset', 'reversed'], tablerow: ['limit', 'offset', 'cols'] };

/** LiquidJS ignores what it doesn't know, such as the condition of `for x in list if x.on`. */
export function assertModifiers(
  tag: 'for' | 'tablerow',
  hash: Record<string, Token | undefined>,
  at: number,
): void {
  for (const [name, value] of Object.entries(hash)) {
    if (value) assertComplete(value);
    const isKnown = MODIFIERS[tag].includes(name) && (value !== undefined || name === 'reversed');
    if (isKnown) continue;
    const [first, second, third] = MODIFIERS[tag].map(
      (one) => `\`${one}${one === 'reversed' ? '' : ': 2'}\``,
    );
    const message = `\`${name}\` can't stand here. After its list, \`${tag}\` takes ${first}, ${second} and ${third}.`;
    throw new TemplateError('template.syntax', message, at);
  }
}

/** LiquidJS skips everything between a value and the next comma or \`or\`. */
export function assertWhen(values: readonly Token[]): void {
  for (const [index, value] of values.entries()) {
    assertComplete(value);
    const next = values[index + 1]?.begin ?? tagEnd(value);
    const between = value.input.slice(value.end, next);
    if (/^\s*(?:,|or\b)?\s*$/.test(between)) continue;
    throw new TemplateError(
      'template.syntax',
      "The values of a `when` are separated by commas, such as `{% when 'a', 'b' %}`.",
      value.end,
    );
  }
}

/** @returns where the tag ends in which a value stands, or its line in a `liquid` tag */
function tagEnd({ input, end }: Token): number {
  const found = /-?%\}|\n/g;
  found.lastIndex = end;
  return found.exec(input)?.index ?? input.length;
}

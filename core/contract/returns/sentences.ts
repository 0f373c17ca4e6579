import type { JsonValue } from '../../prompt.ts';
import { shown } from '../changes.ts';
import type { SchemaChange } from './compare-schemas.ts';
import type { Kind } from './keywords.ts';

/** The source of the values: an answer of the model, or a call of a tool. */
export interface Subject {
  verb: 'return' | 'pass';
  /** The whole of it, when no property is meant: `its answer`. */
  whole: string;
  /** The end of the sentence: ` to the tool `search``. */
  tail: string;
}

export const ANSWER: Subject = { verb: 'return', whole: 'its answer', tail: '' };

export function callOf(tool: string): Subject {
  return { verb: 'pass', whole: 'its arguments', tail: ` to the tool \`${tool}\`` };
}

const VALUES_SHOWN_MAX = 5;

/** Returns the sentence of a change without the prompt's name and the full stop. */
export function describe(change: SchemaChange, { verb, whole, tail }: Subject): string {
  const at = change.path === '' ? whole : `\`${change.path}\``;
  const does = `${verb}${verb === 'pass' ? 'es' : 's'}`;
  switch (change.kind) {
    case 'gone':
      return `no longer ${does} ${at}${tail}`;
    case 'not_required':
      return `no longer always ${does} ${at}${tail}`;
    case 'new':
      return change.isRequired ? `${does} the new ${at}${tail}` : `may also ${verb} ${at}${tail}`;
    case 'retyped':
      return `${does} ${at}${tail} as ${typeWords(change.after)} instead of ${typeWords(change.before)}`;
    case 'widened':
      return `may ${verb} ${describeWider(change, at)}${tail}`;
    case 'narrowed':
      return describeNarrower(change, { at, does, tail });
    case 'not_judged':
      return describeUnjudged(change.path === '' ? `${whole}${tail}` : `${at}${tail}`, change.keyword);
  }
}

/** The sentence for a part whose change isn't judged, without the full stop. */
export function describeUnjudged(what: string, keyword?: string): string {
  const reason = keyword === undefined ? '' : ` (\`${keyword}\`)`;
  return `changes the schema of ${what} in a way that Anvil can’t judge${reason}. The number doesn’t cover this change`;
}

function describeWider(change: Extract<SchemaChange, { kind: 'widened' }>, at: string): string {
  switch (change.by) {
    case 'types':
      return `${typeWords(change.types)} for ${at}`;
    case 'values':
      return `${valueWords(change.values)} for ${at}`;
    case 'enum':
      return `other values than ${valueWords(change.values)} for ${at}`;
    case 'properties':
      return `undeclared properties in ${at}`;
    case 'limit':
      return `values for ${at} that \`${change.keyword}\` excluded`;
  }
}

function describeNarrower(
  change: Extract<SchemaChange, { kind: 'narrowed' }>,
  { at, does, tail }: { at: string; does: string; tail: string },
): string {
  switch (change.by) {
    case 'types':
      return `${does} only ${typeWords(change.types)} for ${at}${tail}`;
    case 'values':
      return `no longer ${does} ${valueWords(change.values)} for ${at}${tail}`;
    case 'enum':
      return `${does} only ${valueWords(change.values)} for ${at}${tail}`;
    case 'properties':
      return `no longer ${does} undeclared properties in ${at}${tail}`;
    case 'limit':
      return `limits by \`${change.keyword}\` what it ${does} for ${at}${tail}`;
    case 'presence':
      return `always ${does} ${at}${tail}`;
    case 'schema':
      return `limits what it ${does} for ${at}${tail}`;
    case 'nothing':
      return `no longer ${does} any value for ${at}${tail}`;
  }
}

const TYPE_WORDS: Record<Kind, string> = {
  null: 'null',
  boolean: 'a boolean',
  string: 'a string',
  integer: 'an integer',
  fraction: 'a number',
  array: 'a list',
  object: 'an object',
};

/** `a string, a number or null` */
function typeWords(kinds: readonly Kind[]): string {
  const named = kinds.includes('fraction') ? kinds.filter((kind) => kind !== 'integer') : kinds;
  const last = (kind: Kind) => (kind === 'null' ? 1 : 0);
  const words = [...named].sort((one, other) => last(one) - last(other)).map((kind) => TYPE_WORDS[kind]);
  if (words.length === Object.keys(TYPE_WORDS).length - 1) return 'any value';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : (words[0] ?? 'nothing');
}

function valueWords(values: readonly JsonValue[]): string {
  const more = values.length - VALUES_SHOWN_MAX;
  const words = values.slice(0, VALUES_SHOWN_MAX).map(shown).join(', ');
  return more > 0 ? `${words} and ${more} more` : words;
}

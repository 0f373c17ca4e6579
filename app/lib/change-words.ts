import type { ChangeView } from '#server/schemas/versions.ts';

/** What a change is about in a word or two, for the column of a list: `+ parameter`, `text`. */
export function changeWord({ rule }: Pick<ChangeView, 'rule'>): string {
  if (rule === 'prompt.new') return 'new';
  if (/^parameter\.new/.test(rule)) return '+ parameter';
  if (rule === 'parameter.gone') return '− parameter';
  const [about = rule] = rule.split('.');
  return about;
}

/** `1 change`, `3 changes` */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}

/** A sentence of its own as the rest of another one: without its full stop. */
export function asClause(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

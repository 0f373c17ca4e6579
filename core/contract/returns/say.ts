import type { Change, Rule } from '../changes.ts';
import type { SchemaChange } from './compare-schemas.ts';

/** Adds a change: the rule, the place, and what follows the prompt's name in its sentence. */
export type Say = (
  rule: Rule,
  place: string,
  words: string,
  values?: Pick<Change, 'before' | 'after'>,
) => void;

/** The old and the new value of a change of a schema, where it has them. */
export function changedValues(change: SchemaChange): Pick<Change, 'before' | 'after'> {
  if (change.kind === 'retyped') return { before: change.before, after: change.after };
  if (change.kind !== 'widened' && change.kind !== 'narrowed') return {};
  switch (change.by) {
    case 'limit': {
      const { before, after } = change;
      return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
    }
    case 'values':
    case 'enum': {
      const isNewer = (change.kind === 'widened') === (change.by === 'values');
      return isNewer ? { after: change.values } : { before: change.values };
    }
    default:
      return {};
  }
}

import { isJudged } from '@anvil/core/contract/changes';
import type { ChangeView } from '../../schemas/versions.ts';

/** Changes as the API shows them. Those of versions published long ago are views by the same rule. */
export function changeViews(changes: readonly Omit<ChangeView, 'judged'>[]): ChangeView[] {
  return changes.map((change) => ({ ...change, judged: isJudged(change.rule) }));
}

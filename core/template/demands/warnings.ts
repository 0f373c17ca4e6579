import type { Problem, PromptContent } from '../../prompt.ts';
import { boundedMessage } from '../../text.ts';
import { parseOnce, type Parse } from '../parse.ts';
import { findDemands } from './find.ts';

/** A person is helped by the first hundred. */
const WARNINGS_MAX = 100;

/**
 * Warns of each value that a call may lack, with rule `template.may_fail`. Names that may be unset have a warning of their
 * own, see analyse.ts.
 */
export function findDemandWarnings(content: PromptContent, parse: Parse = parseOnce()): Problem[] {
  const demands = findDemands(content, { parse })?.demands ?? [];
  const byReason = new Map(demands.map((demand) => [demand.when, demand]));
  return [...byReason.values()]
    .filter(({ key }) => !key.startsWith('set {') && !key.endsWith('unset'))
    .slice(0, WARNINGS_MAX)
    .map(({ when, place }) => ({
      rule: 'template.may_fail',
      severity: 'warning',
      message: boundedMessage(`Fails when ${when}. Check it with \`if\`, or give it a \`default\`.`),
      place,
    }));
}

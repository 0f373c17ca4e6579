import { canonicalContent } from '../checksum.ts';
import type { ChatMessage, PromptContent } from '../prompt.ts';
import { change, isJudged, type Change, type Level, type LocatedChange } from './changes.ts';
import { compareConfigs } from './config.ts';
import { compareParameters } from './parameters.ts';
import { countChangedLines } from './text.ts';

/** The prompts of a set, or some of them, by slug. */
export type Contents = ReadonlyMap<string, PromptContent>;

export interface ContractComparison {
  /** The highest level among the changes; `none` when nothing differs. */
  level: Level | 'none';
  /** Text, defaults, model or settings changed: answers may differ, whatever the level. */
  behaviour: boolean;
  /** The highest level first, what isn't judged before patches, then by prompt. */
  changes: Change[];
}

const ORDER: Record<Level, number> = { major: 0, minor: 1, patch: 3 };
const ORDER_OF_UNJUDGED = 2;

function orderOf({ rule, level }: Change): number {
  return isJudged(rule) ? ORDER[level] : ORDER_OF_UNJUDGED;
}

/** Changes after which the same call may be answered differently. */
const BEHAVIOUR =
  /^(text\.|config\.(?!respaced$)|messages\.|kind\.|parameter\.default_changed$|parameter\.made_optional$)/;

/**
 * Compares what programs rely on: how each prompt is called and what shape it returns. Prompts are paired by slug.
 * Not major means that every strict call that was valid before is valid now.
 */
export function compareContracts(before: Contents, after: Contents): ContractComparison {
  return summariseChanges(locateChanges(before, after));
}

/** The comparison of two contracts whose changes were located, for example one prompt after the other. */
export function summariseChanges(located: readonly LocatedChange[]): ContractComparison {
  const changes = located.map(({ steps, ...rest }): Change => {
    void steps;
    return rest;
  });
  changes.sort(
    (one, other) =>
      orderOf(one) - orderOf(other) || (one.prompt < other.prompt ? -1 : one.prompt > other.prompt ? 1 : 0),
  );
  return {
    level: changes[0]?.level ?? 'none',
    behaviour: changes.some(({ rule }) => BEHAVIOUR.test(rule)),
    changes,
  };
}

/** The changes with the way to each, in the order of the slugs. */
export function locateChanges(before: Contents, after: Contents): LocatedChange[] {
  const slugs = [...new Set([...before.keys(), ...after.keys()])].sort();
  return slugs.flatMap((slug) => locatePromptChanges(slug, before.get(slug), after.get(slug)));
}

/** The changes of one prompt; `undefined` where it doesn't exist. */
export function locatePromptChanges(
  slug: string,
  before: PromptContent | undefined,
  after: PromptContent | undefined,
): LocatedChange[] {
  if (!after) return [whole(change('prompt.gone', slug, '', `\`${slug}\` is gone.`))];
  if (!before) return [whole(change('prompt.new', slug, '', `\`${slug}\` is new.`))];
  return comparePrompts(slug, before, after);
}

function whole(one: Change): LocatedChange {
  return { ...one, steps: [] };
}

function comparePrompts(slug: string, before: PromptContent, after: PromptContent): LocatedChange[] {
  if (canonicalContent(before) === canonicalContent(after)) return [];
  const changes: LocatedChange[] = compareParameters(before.parameters, after.parameters, {
    prompt: slug,
    steps: [],
  });
  changes.push(...compareTexts(slug, before, after).map(whole));
  changes.push(...compareConfigs(slug, before.config, after.config).map(whole));
  if (changes.length === 0) {
    // Only an order differs, of parameters or of the values of an enum: nothing that a caller could notice.
    changes.push(
      whole(change('parameter.described', slug, '', `\`${slug}\` lists its parameters in another order.`)),
    );
  }
  return changes;
}

function compareTexts(slug: string, before: PromptContent, after: PromptContent): Change[] {
  if (before.kind === 'text' && after.kind === 'text') {
    if (before.template === after.template) return [];
    return [textChange(slug, 'template', countChangedLines(before.template, after.template))];
  }
  if (before.kind === 'text' || after.kind === 'text') {
    const sentence = `\`${slug}\` is a ${after.kind} prompt now, it was a ${before.kind} prompt.`;
    return [change('kind.changed', slug, '', sentence, { before: before.kind, after: after.kind })];
  }
  const old = before.messages.map(place);
  const now = after.messages.map(place);
  const sequences = { before: old, after: now };
  if (!old.every((one, index) => now[index] === one)) {
    const sentence = `\`${slug}\` returns other messages: ${list(now)} instead of ${list(old)}.`;
    return [change('messages.resequenced', slug, 'messages', sentence, sequences)];
  }
  const changes = compareMessages(slug, before.messages, after.messages);
  if (now.length > old.length) {
    const added = now.slice(old.length);
    const count = added.length === 1 ? 'one more message' : `${added.length} more messages`;
    const sentence = `\`${slug}\` returns ${count}: ${list(added)}.`;
    changes.push(change('messages.appended', slug, 'messages', sentence, sequences));
  }
  return changes;
}

/** Compares the messages that both have, place by place: a line moved to another message is a change. */
function compareMessages(
  slug: string,
  before: readonly ChatMessage[],
  after: readonly ChatMessage[],
): Change[] {
  const texts = (one: ChatMessage | undefined) => (one && 'content' in one ? one.content : '');
  const changed = before
    .map((one, index) => ({ index, before: texts(one), after: texts(after[index]) }))
    .filter((pair) => pair.before !== pair.after);
  const [first] = changed;
  if (!first) return [];
  const where = changed.length === 1 ? `messages[${first.index}]` : 'messages';
  const lines = changed.reduce((sum, pair) => sum + countChangedLines(pair.before, pair.after), 0);
  return [textChange(slug, where, lines)];
}

function list(places: readonly string[]): string {
  return places.length > 0 ? places.join(', ') : 'none';
}

/** Returns the form of a message in the sequence that callers rely on. */
function place(message: ChatMessage): string {
  return 'placeholder' in message ? `{ placeholder: ${message.placeholder} }` : message.role;
}

function textChange(slug: string, where: string, lines: number): Change {
  const words = lines === 0 ? 'lines moved' : `${lines} ${lines === 1 ? 'line' : 'lines'} changed`;
  return change('text.changed', slug, where, `\`${slug}\` text: ${words}.`);
}

import { findInexactNumbers, type InexactNumber } from '@anvil/core/exact-numbers';
import { visitJson } from '@anvil/core/json-text';
import type { JsonObject, JsonValue, Parameter, PromptContent } from '@anvil/core/prompt';

// A caller's messages go to the model as they were written. JSON.parse would round their numbers, so their JSON is
// taken from the text of the body.

/** The JSON of the messages that a caller gave, by the name of the parameter. */
export type MessageSources = ReadonlyMap<string, readonly string[]>;

/** @returns the numbers of the values that JSON.parse rounded, with paths inside of the values */
export function inexactValues(bodyText: string): InexactNumber[] {
  return findInexactNumbers(bodyText).flatMap(({ path: [root, ...path], source }) =>
    root === 'values' ? [{ path, source }] : [],
  );
}

/** Reads the messages of each parameter of the type `messages` from the text of a body. */
export function readMessageSources(bodyText: string, parameters: readonly Parameter[]): MessageSources {
  const sources = new Map<string, string[]>();
  const names = new Set(parameters.filter(({ type }) => type === 'messages').map(({ name }) => name));
  if (names.size === 0) return sources;
  visitJson(bodyText, ({ path, begin, end }) => {
    if (path.length !== 3 || path[0] !== 'values' || typeof path[2] !== 'number') return;
    const name = String(path[1]);
    if (!names.has(name)) return;
    const list = sources.get(name) ?? [];
    sources.set(name, list);
    list.push(bodyText.slice(begin, end));
  });
  return sources;
}

/**
 * The JSON of each rendered message.
 *
 * @param rendered all messages; those of a placeholder are the values of its parameter, one by one
 * @param values with defaults filled in
 */
export function messageTexts(
  content: PromptContent,
  rendered: readonly JsonValue[],
  values: JsonObject,
  sources: MessageSources,
): string[] {
  const texts: string[] = [];
  for (const message of content.kind === 'chat' ? content.messages : []) {
    if ('placeholder' in message) {
      const given = values[message.placeholder];
      const written = sources.get(message.placeholder);
      if (written) texts.push(...written);
      else if (Array.isArray(given)) texts.push(...given.map((one) => JSON.stringify(one)));
    } else texts.push(JSON.stringify(rendered[texts.length]));
  }
  return texts;
}

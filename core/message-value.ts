/** Checks the value of a parameter of the type `messages`. */
import { isPlainObject, own } from './json.ts';

/**
 * What a message of OpenAI or Gemini may have instead of `content`. SDKs leave a `content` of null out, as
 * `model_dump(exclude_none=True)` does.
 */
const INSTEAD_OF_CONTENT = ['tool_calls', 'function_call', 'refusal', 'audio', 'parts'];

/**
 * A caller's message goes to the model untouched, so any role and any further key is allowed.
 *
 * @returns what is wrong with it, as the rest of a sentence
 */
export function messageFault(message: unknown): string | undefined {
  if (!isPlainObject(message)) return 'must be a message such as { role, content }';
  const role = own(message, 'role');
  if (typeof role !== 'string' || role === '') return 'must be a message whose `role` is a text';
  const content = own(message, 'content');
  if (content === undefined) {
    const isComplete = INSTEAD_OF_CONTENT.some((key) => !isEmpty(own(message, key)));
    return isComplete ? undefined : 'must be a message with `content` or with `tool_calls`';
  }
  const isContent = typeof content === 'string' || content === null || Array.isArray(content);
  return isContent ? undefined : 'must be a message whose `content` is a text, a list or null';
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

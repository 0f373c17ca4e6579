import type { JsonValue } from '@anvil/core/prompt';

/**
 * The body that rendering over HTTP answers with, byte for byte: delivery sends it, and the first page shows it.
 *
 * @param rendered the text or the messages; the version that was rendered; what the caller should know
 * @param config as the text that was saved: parsing it would rewrite its numbers
 * @param messageTexts the messages as JSON texts, where some of them must be sent as the caller wrote them
 */
export function renderAnswer(
  rendered: { output: { text: string } | { messages: JsonValue[] }; version: string; warnings: object[] },
  config: string,
  messageTexts?: readonly string[],
): string {
  const { output, version, warnings } = rendered;
  const head = messageTexts ? `{"messages":[${messageTexts.join(',')}]` : JSON.stringify(output).slice(0, -1);
  return `${head},${JSON.stringify({ version, warnings }).slice(1, -1)},"config":${config}}`;
}

import type { JsonValue } from '@anvil/core/prompt';

/**
 * The body that rendering over HTTP answers with, byte for byte: delivery sends it, and the first page shows it.
 *
 * @param rendered the text or the messages; the version that was rendered; what the caller should know
 * @param config as the text that was saved: parsing it would rewrite its numbers
 */
export function renderAnswer(
  rendered: { output: { text: string } | { messages: JsonValue[] }; version: string; warnings: object[] },
  config: string,
): string {
  const { output, version, warnings } = rendered;
  return `${JSON.stringify({ ...output, version, warnings }).slice(0, -1)},"config":${config}}`;
}

import { endOfString } from '@anvil/core/json-text';
import { AppError } from '../errors.ts';

/**
 * Most values of one JSON body: more than the values of a render (256 kB), which are the most that any body may hold.
 * Parsed, each takes up to 64 bytes, and what reads it may take more: 8 MB of brackets ended a process with a heap of 256 MB.
 */
const JSON_VALUES_MAX = 300_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Checks what parsing a JSON text would cost, before it is parsed.
 *
 * @returns PAYLOAD_TOO_LARGE `json.too_many_values`, or `undefined`
 */
export function checkJsonCost(text: string): AppError | undefined {
  // Each value takes at least two characters.
  if (text.length < 2 * JSON_VALUES_MAX) return undefined;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = endOfString(text, at);
      if (end === -1) return undefined;
      at = end;
    } else if (character === COMMA || character === OPEN_LIST || character === OPEN_OBJECT) {
      values += 1;
      if (values > JSON_VALUES_MAX) return tooManyValues();
    }
  }
  return undefined;
}

function tooManyValues(): AppError {
  return new AppError(
    'PAYLOAD_TOO_LARGE',
    `The body holds more than ${JSON_VALUES_MAX.toLocaleString('en-US')} values. Send less at once.`,
    { reason: 'json.too_many_values' },
  );
}

/**
 * How values become text, and the sink that counts it. LiquidJS' own emitter prints an object as
 * "[object Object]", a list without separators, undefined as nothing, and knows no limit.
 */
import { Drop } from 'liquidjs';
import type { Emitter } from 'liquidjs';
import { utf8Length } from '../text.ts';
import { TemplateError } from './errors.ts';

/** Largest text a render may make, in UTF-8 bytes. */
export const OUTPUT_LIMIT = 1024 * 1024;

/** Objects and lists as JSON; LiquidJS' own values (`forloop`, `empty`) and everything else as they are. */
export function flatten(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Drop) return value;
  return JSON.stringify(value);
}

/**
 * The text of a value as a template prints it: `null` is nothing, objects and lists are JSON.
 *
 * @throws TemplateError `render.undefined`: undefined is never printed as an empty text
 */
export function toText(value: unknown): string {
  const flat = flatten(value instanceof Drop ? value.valueOf() : value);
  if (typeof flat === 'string') return flat;
  if (flat === null) return '';
  if (flat === undefined) {
    throw new TemplateError(
      'render.undefined',
      'The value to print here is undefined. Check it with `if`, or give it a `default`.',
    );
  }
  return typeof flat === 'number' || typeof flat === 'boolean' ? String(flat) : JSON.stringify(flat);
}

/** An emitter that counts as it grows; `nested` makes one with the same limit for `capture`. */
export interface Sink extends Emitter {
  nested(): Sink;
}

/**
 * @param limit in UTF-8 bytes
 * @throws TemplateError `render.output_too_large` from `write`
 */
export function createSink(limit: number): Sink {
  let left = limit;
  return {
    buffer: '',
    write(value: unknown) {
      const text = toText(value);
      left -= utf8Length(text);
      if (left < 0) {
        throw new TemplateError(
          'render.output_too_large',
          `The rendered text would be larger than ${limit.toLocaleString('en-US')} bytes.`,
        );
      }
      this.buffer += text;
    },
    nested: () => createSink(limit),
  };
}

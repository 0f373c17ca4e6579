/** Renders the golden corpus: the same bytes on every machine and with every update of LiquidJS, or the test fails. */
import type { JsonObject } from '../prompt.ts';
import { renderContent } from './render.ts';

export interface GoldenCase {
  template: string;
  values?: JsonObject;
  output: string;
}

/** The values that every case can use beside its own. */
export const GOLDEN_VALUES: JsonObject = {
  name: 'Zoë O’Neil',
  empty: '',
  nothing: null,
  yes: true,
  no: false,
  count: 3,
  price: 1234.5,
  negative: -2.5,
  html: '<b>"Tom" & \'Jerry\'</b>',
  words: '  The  quick\nbrown fox  ',
  turkish: 'Iıİi ß ÄÖ',
  cjk: '你好 world',
  emoji: 'a😀b',
  csv: 'b,a,,c,',
  list: [3, 1, 2],
  texts: ['b', 'C', 'a', 'ä', 'Z'],
  mixed: ['x', 1, true, { k: [null] }],
  order: {
    id: 'A-1',
    items: [
      { sku: 'p1', qty: 2, price: 9.99, tag: 'x' },
      { sku: 'p2', qty: 1, price: 0.1, tag: 'y' },
      { sku: 'p3', qty: 5, price: 20, tag: 'x' },
    ],
  },
  date: '2024-03-09T14:05:06',
  zoned: '2024-03-31T02:30:00+01:00',
  day: '2024-12-31',
  unix: 1700000000,
};

/**
 * @returns the text, or the reason in brackets
 * @public called by the processes that golden.test.ts starts
 */
export function renderGolden(template: string, values: JsonObject = {}): string {
  const result = renderContent({
    content: { kind: 'text', template, parameters: [], config: '{}' },
    values: { ...GOLDEN_VALUES, ...values },
    partials: {
      tone: { kind: 'text', template: 'Be {{ mood }}{{ end }}', config: '{}', parameters: [
        { name: 'mood', type: 'string', required: true },
        { name: 'end', type: 'string', required: false, default: '.' },
      ] },
    },
  }); // prettier-ignore
  if (!result.ok) return `[${result.reason}]`;
  return 'text' in result.output ? result.output.text : JSON.stringify(result.output.messages);
}

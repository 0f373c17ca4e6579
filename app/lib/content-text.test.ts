import { expect, test } from 'vitest';
import { contentText, parameterText } from './content-text.ts';

test('parameters are lines of words, with a line for each field and item', () => {
  expect(
    parameterText([
      { name: 'tone', type: 'string', required: false, default: 'warm', enum: ['warm', 'plain'] },
      {
        name: 'order',
        type: 'object',
        required: true,
        description: 'What was bought',
        fields: [
          {
            name: 'items',
            type: 'list',
            required: true,
            items: { type: 'object', fields: [{ name: 'price', type: 'number', required: true }] },
          },
        ],
      },
      { name: 'extra', type: 'object', required: false, deprecated: 'Send order.' },
    ]).split('\n'),
  ).toEqual([
    'tone: string, one of "warm" | "plain", optional, default "warm"',
    'order: object, required, "What was bought"',
    'order.items: list, required',
    'order.items[]: object',
    'order.items[].price: number, required',
    'extra: object with any fields, optional, deprecated: Send order.',
  ]);
});

test('a chat is its messages, its parameters and its config', () => {
  const text = contentText({
    kind: 'chat',
    messages: [{ role: 'system', content: 'Be brief.' }, { placeholder: 'history' }],
    parameters: [{ name: 'history', type: 'messages', required: true }],
    config: '{ "model": "x" }',
  });
  expect(text).toBe(
    '[system]\nBe brief.\n\n[placeholder history]\n\n[parameters]\nhistory: messages, required\n\n[config]\n{ "model": "x" }',
  );
});

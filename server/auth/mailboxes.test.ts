import { expect, it } from 'vitest';
import { mailboxOf } from './mailboxes.ts';

it.each([
  ['ada@example.com', 'ada@example.com'],
  ['ada+news@example.com', 'ada@example.com'],
  ['ada+a+b@example.com', 'ada@example.com'],
  ['a.d.a@example.com', 'a.d.a@example.com'],
  ['+ada@example.com', '+ada@example.com'],
  ['++ada@example.com', '+@example.com'],
  ['"a@b"@example.com', '"a@b"@example.com'],
  ['ada-news@example.com', 'ada-news@example.com'],
  ['a.d.a+news@gmail.com', 'ada@gmail.com'],
  ['a.da@googlemail.com', 'ada@gmail.com'],
])('%s is counted as %s', (email, box) => {
  expect(mailboxOf(email)).toBe(box);
});

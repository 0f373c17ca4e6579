import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changelogHeadline, renderChangelog } from './changelog.server.ts';

const ALLOWED_TAG =
  /^<(\/?(p|ul|ol|li|blockquote|pre|code|em|strong|s|a|h3|h4|table|thead|tbody|tr|th|td)|(br|hr) \/|ol start="\d+"|a( href="(https?:|mailto:)[^"]*")? rel="nofollow noopener noreferrer")>$/;

test('a changelog is Markdown: lists, emphasis, code and links', () => {
  const html = renderChangelog(
    '# Texts\n\n- **welcome** asks for `name`\n- see [the issue](https://example.com/1)\n\nMore on https://example.org.',
  );
  expect(html).toContain('<h3>Texts</h3>');
  expect(html).toContain('<li><strong>welcome</strong> asks for <code>name</code></li>');
  expect(html).toContain('<a href="https://example.com/1" rel="nofollow noopener noreferrer">the issue</a>');
  expect(html).toContain('href="https://example.org"');
});

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '<a href="vbscript:x">x</a>',
  '![x](https://tracker.example/pixel.png)',
  '[x](//evil.example)',
  '<javascript:alert(1)>',
])('nothing of %s is left to run or to load', (text) => {
  const tags = renderChangelog(text).match(/<[^>]*>/g) ?? [];
  expect(tags.filter((tag) => !ALLOWED_TAG.test(tag) || /href="(?!https?:|mailto:)/.test(tag))).toEqual([]);
});

test('no changelog makes other tags or attributes than those that are allowed', () => {
  const piece = fc.constantFrom(
    ...[
      '<',
      '>',
      '"',
      "'",
      '`',
      '[',
      ']',
      '(',
      ')',
      '!',
      '&',
      '*',
      '_',
      '#',
      '\n',
      ' ',
      '-',
      '|',
      ':',
      '//',
      '\\',
    ],
    ...['javascript:', 'https://a.b', 'onload=', '<b>', '<script>', '</a>', 'data:', 'text', '&#106;'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      for (const [tag] of renderChangelog(pieces.join('')).matchAll(/<[^>]*>/g)) {
        expect(tag).toMatch(ALLOWED_TAG);
      }
    }),
    { numRuns: 10_000 },
  );
});

test('the headline is the first line as plain text', () => {
  expect(changelogHeadline('## **Warm** <refunds> & `tone`\n\nmore')).toBe('Warm <refunds> & tone');
  expect(changelogHeadline('- first\n- second')).toBe('first');
  expect(changelogHeadline('  ')).toBe('');
});

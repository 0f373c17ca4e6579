import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDefault, readEnum } from './content-form/fields.ts';
import { readNames } from './content-form/names.ts';
import { crumbsOfPath } from './crumbs.ts';
import { placeOfPath } from './page-crumbs.ts';
import { safePath } from './safe-path.ts';
import { themeFromCookie } from './theme.ts';
import { formOfText } from './use-content-form.ts';

// Input from outside may be any text. A parser that throws makes the page answer 500.

const runs = { numRuns: 10_000 };
/** Texts that look like paths, URLs and JSON, and any other. */
const text = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        '/',
        '//',
        ':',
        '@',
        '[',
        ']',
        '%',
        '%2',
        '%ff',
        '?',
        '#',
        '\\',
        '.',
        '..',
        'a',
        '-',
        'o',
        ' ',
      ),
    )
    .map((parts) => parts.join('')),
  fc.webUrl(),
  fc.json(),
  fc.string({ unit: 'binary' }),
);

test('safePath gives a path of this site for any text', () => {
  fc.assert(
    fc.property(text, (wanted) => {
      for (const path of [safePath(wanted), safePath(`/${wanted}`), safePath(`//${wanted}`)]) {
        expect(path).toMatch(/^\/(?!\/)/);
        expect(new URL(path, 'https://anvil.example.com').origin).toBe('https://anvil.example.com');
      }
    }),
    runs,
  );
});

test.each(['//', '//:', '//[', '//a:99999', '//%', '///', '//@', '//a b', '//[::', '//\u00ad', '//xn--a'])(
  'safePath(%j) is the start page, and not an error',
  (wanted) => expect(safePath(wanted)).toBe('/'),
);

test('a breadcrumb is read of any path', () => {
  fc.assert(
    fc.property(text, (path) => {
      crumbsOfPath(`/o/${path}`);
      placeOfPath(`/o/${path}`);
    }),
    runs,
  );
});

test('any cookie gives a theme', () => {
  fc.assert(
    fc.property(text, (cookie) => {
      expect(['system', 'light', 'dark']).toContain(themeFromCookie(cookie));
      expect(['system', 'light', 'dark']).toContain(themeFromCookie(`anvil_theme=${cookie}`));
    }),
    runs,
  );
});

test('any field of a form is read', () => {
  fc.assert(
    fc.property(text, text, (name, value) => {
      const form = new FormData();
      form.append(name, value);
      form.append(`parameters[${name}][name]`, value);
      readNames(form);
      formOfText(value);
      for (const type of ['string', 'number', 'boolean', 'list', 'object', 'messages', name]) {
        readDefault(type, value);
        readEnum(type, value);
      }
    }),
    runs,
  );
});

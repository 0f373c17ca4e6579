import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from '@anvil/core/address';
import { acceptsGzip } from './accept-encoding.ts';
import { bearerToken } from './bearer.ts';
import { hostnameOf } from './hosts.ts';
import { isEncoded } from './media-types.ts';
import { mayBeForged } from './same-origin.ts';
import { readCookie } from '../auth/cookie-header.ts';
import { looksLikeApiKey } from '../auth/api-key-token.ts';
import { AppError } from '../errors.ts';
import { networkOf } from '../limits.ts';
import { requireIfMatch, requirePromptTag } from '../rest/preconditions.ts';
import { decodeCursor } from '../services/pages.ts';

// Headers, cookies, cursors and addresses may be any text. None makes a parser throw anything but a refusal.

const text = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        '"',
        '*',
        'W/',
        ',',
        ';',
        'q=',
        '=',
        ':',
        '[',
        ']',
        '/',
        '@',
        '%',
        'http://',
        ' ',
        'Bearer',
        'a',
        '1',
      ),
    )
    .map((parts) => parts.join('')),
  fc.webUrl(),
  fc.base64String(),
  fc.string({ unit: 'binary' }),
);

function refusal(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).status).toBeLessThan(500);
  }
}

test('any text is read, or refused as a wrong request', () => {
  fc.assert(
    fc.property(text, (value) => {
      acceptsGzip(value);
      bearerToken(value);
      bearerToken(`Bearer ${value}`);
      hostnameOf(value);
      isEncoded(value);
      looksLikeApiKey(value);
      networkOf(value);
      parseAddress(value);
      readCookie(value, 'anvil_session');
      mayBeForged({ origin: value, cookie: 'a=b' }, 'localhost', () => false);
      mayBeForged({ origin: 'http://localhost', 'sec-fetch-site': 'same-origin' }, value, () => false);
      for (const kind of ['text', 'uuid'] as const) refusal(() => decodeCursor(value, kind));
      refusal(() => decodeCursor(value, 'integer'));
      refusal(() => requireIfMatch(value));
      refusal(() => requirePromptTag(value));
    }),
    { numRuns: 10_000 },
  );
});

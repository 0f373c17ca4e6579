import { describe, expect, it } from 'vitest';
import { linkMessage } from './link-message.tsx';

const INPUT = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  to: 'ada@example.com',
  url: 'https://anvil.acme.com/link?token=abc_DEF-123',
  baseUrl: 'https://anvil.acme.com',
};
const KINDS = ['register', 'known', 'confirm', 'reset', 'sign_in'] as const;

describe('the mail of a link', () => {
  it.each(KINDS)('%s holds its link in HTML and in text, and nothing of other servers', (kind) => {
    const { html, text, subject } = linkMessage({ ...INPUT, kind });
    expect(html).toMatch(/^<!DOCTYPE html/);
    expect(html).toContain(`href="${INPUT.url}"`);
    expect(html).toContain('lang="en"');
    expect(text).toContain(`\n${INPUT.url}\n`);
    expect(subject).not.toMatch(/[!\n]/);
    // No picture, script or sheet that a mail program would have to fetch, and that would tell somebody it was read.
    expect(html).not.toMatch(/<(img|script|link|iframe)\b|url\(/i);
    const addresses = html.match(/https?:\/\/[^"<\s]+/g) ?? [];
    const foreign = addresses.filter((address) => !address.startsWith(INPUT.baseUrl));
    expect(foreign).toEqual(['http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd']);
  });

  it('is the same to the letter each time, so that a second attempt is the same mail', () => {
    for (const kind of KINDS)
      expect(linkMessage({ ...INPUT, kind })).toEqual(linkMessage({ ...INPUT, kind }));
  });

  it('says the same in HTML and in text', () => {
    for (const kind of KINDS) {
      const { html, text, subject } = linkMessage({ ...INPUT, kind });
      const words = html.replace(/<[^>]+>/g, ' ').replaceAll('&#x27;', '’');
      for (const line of text.split('\n').filter((one) => one !== '' && !/^-- |:$|^Sent by/.test(one)))
        expect(words).toContain(line);
      expect(words).toContain(subject);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { checkLabelName, parseAddress, parseSelector, printAddress } from './address.ts';

const FORM = 'Write project/prompt_set/prompt@selector, for example support/emails/welcome@^1.4.';
const SELECTOR_FORM =
  'Write a version (1.4.2), a range (^1.4, 1.x), a label (production), draft or latest after the @.';

function refusal(parsed: { ok: true } | { ok: false; message: string }): string | undefined {
  return parsed.ok ? undefined : parsed.message;
}

describe('checkLabelName', () => {
  const form = 'Use 1 to 36 of a-z, 0-9, ., _ and -, beginning with a letter';
  it.each([
    ['a'.repeat(37), `The label has 37 characters. ${form}.`],
    ['', `This is not a label. ${form}, for example production.`],
    ['1a', `This is not a label. ${form}, for example production.`],
    ['-a', `This is not a label. ${form}, for example production.`],
    ['a b', `This is not a label. ${form}, for example production.`],
    ['aB', `This is not a label. ${form}, for example production.`],
    ['latest', 'latest moves automatically: it is always the highest release. Choose another name.'],
    ['draft', 'draft names the working state and cannot be a label. Choose another name.'],
    ['v1.x', '“v1.x” reads as a range of versions and cannot be a label. Choose another name.'],
  ])('refuses %j and says why', (name, message) => {
    expect(checkLabelName(name)).toBe(message);
  });
});

describe('parseSelector', () => {
  const range = (length: number) => `>=1 <2${' || 1'.repeat((length - 6) / 5)}`;

  it('takes off white space at both ends and reads single spaces', () => {
    expect(parseSelector(' \t>=1.2 \n <2 ')).toEqual({
      ok: true,
      selector: { kind: 'range', range: '>=1.2 <2' },
    });
    expect(parseSelector(' production ')).toEqual({
      ok: true,
      selector: { kind: 'label', name: 'production' },
    });
    expect(parseSelector(' draft ')).toEqual({ ok: true, selector: { kind: 'draft' } });
  });

  it('takes at most 256 characters', () => {
    expect([range(256).length, range(261).length]).toEqual([256, 261]);
    expect(parseSelector(range(256)).ok).toBe(true);
    expect(refusal(parseSelector(range(261)))).toBe(
      `The part after the @ is longer than 256 characters. ${SELECTOR_FORM}`,
    );
  });

  it.each([
    ['Production', 'Labels have lower-case letters only: production.'],
    ['LATEST', 'Labels have lower-case letters only: latest.'],
    ['Draft', 'Labels have lower-case letters only: draft.'],
    ['Not A Label', `“Not A Label” is not a selector. ${SELECTOR_FORM}`],
    ['  ', `Nothing follows the @. ${SELECTOR_FORM}`],
    ['^1+5', '“^1+5” carries build metadata (after the +), which versions here do not have.'],
  ])('refuses %j and says why', (selector, message) => {
    expect(refusal(parseSelector(selector))).toBe(message);
  });

  it('reads a number as a version, and a comparison with one as a range', () => {
    expect(parseSelector('v1.4.2')).toEqual({ ok: true, selector: { kind: 'version', version: '1.4.2' } });
    expect(parseSelector('=1.4.2')).toEqual({ ok: true, selector: { kind: 'range', range: '=1.4.2' } });
  });
});

describe('parseAddress', () => {
  it.each([
    ['', `The address is empty. ${FORM}`],
    [' ', `The address is empty. ${FORM}`],
    ['%20', `The address is empty. ${FORM}`],
    ['a/b%', `The address is not percent-encoded rightly. ${FORM}`],
    ['a', `An address has at least a project and a prompt set. ${FORM}`],
    ['@acme/a', `An address has at least a project and a prompt set. ${FORM}`],
    ['@acme', `An address has at least a project and a prompt set. ${FORM}`],
    ['a/b/c/d', `An address has at most a project, a prompt set and a prompt. ${FORM}`],
  ])('refuses %j and says why', (address, message) => {
    expect(refusal(parseAddress(address))).toBe(message);
  });

  it.each([
    ['@A/b/c', 'organisation'],
    ['A/b/c', 'project'],
    ['a/B/c', 'prompt set'],
    ['a/b/C', 'prompt'],
  ])('says of %j that the %s is wrong, as one sentence', (address, noun) => {
    const message = refusal(parseAddress(address)) ?? '';
    expect(message.startsWith(`The ${noun} of the address is wrong. `)).toBe(true);
    expect(message.endsWith(`. ${FORM}`)).toBe(true);
    expect(message).not.toContain('..');
  });

  it('takes at most 2,048 characters, white space included', () => {
    const address = (length: number) => 'a/b'.padEnd(length, ' ');
    expect(parseAddress(address(2_048)).ok).toBe(true);
    expect(refusal(parseAddress(address(2_049)))).toBe(`An address has at most 2048 characters. ${FORM}`);
  });

  it('takes off white space around it, encoded or not', () => {
    const expected = { ok: true, address: { project: 'a', set: 'b', selector: { kind: 'latest' } } };
    expect(parseAddress(' a/b\n')).toStrictEqual(expected);
    expect(parseAddress('%20a/b%20')).toStrictEqual(expected);
  });

  it('leaves out what the address doesn’t name', () => {
    expect(parseAddress('@o/a/b/c@1.0.0')).toStrictEqual({
      ok: true,
      address: {
        organisation: 'o',
        project: 'a',
        set: 'b',
        prompt: 'c',
        selector: { kind: 'version', version: '1.0.0' },
      },
    });
  });
});

describe('printAddress', () => {
  it('leaves out `latest`, and prints every other selector', () => {
    const address = { project: 'a', set: 'b' };
    expect(printAddress({ ...address, selector: { kind: 'latest' } })).toBe('a/b');
    expect(printAddress({ ...address, selector: { kind: 'draft' } })).toBe('a/b@draft');
  });
});

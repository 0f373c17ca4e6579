import { expect, test } from 'vitest';
import {
  countDrafts,
  findDraft,
  forgetAllDrafts,
  forgetDraft,
  keepDraft,
  sweepDrafts,
  type DraftStorage,
} from './draft-keeper.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const PLACE = { form: '/o/acme/support/emails/refund', revision: 14 };

function storageOf(map = new Map<string, string>()): DraftStorage {
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
    key: (index) => [...map.keys()][index] ?? null,
    get length() {
      return map.size;
    },
  };
}

test('what was typed comes back as it was, with the time it was kept', () => {
  const storage = storageOf();
  expect(keepDraft(storage, PLACE, { template: 'Hello {{ name }}\n' }, NOW)).toBe(true);
  expect(findDraft(storage, PLACE, { template: 'Hello' })).toEqual({
    fields: { template: 'Hello {{ name }}\n' },
    keptAt: '2026-03-10T12:00:00.000Z',
  });
});

test('nothing is offered when the form shows the same text, whatever its line breaks are', () => {
  const storage = storageOf();
  keepDraft(storage, PLACE, { template: 'one\ntwo' }, NOW);
  expect(findDraft(storage, PLACE, { template: 'one\r\ntwo' })).toBeUndefined();
});

test('a draft of an older revision is not offered on a newer one, nor on another form', () => {
  const storage = storageOf();
  keepDraft(storage, PLACE, { template: 'typed' }, NOW);
  expect(findDraft(storage, { ...PLACE, revision: 15 }, { template: '' })).toBeUndefined();
  expect(
    findDraft(storage, { ...PLACE, form: '/o/acme/support/emails/welcome' }, { template: '' }),
  ).toBeUndefined();
});

test('a declined draft is gone', () => {
  const storage = storageOf();
  keepDraft(storage, PLACE, { template: 'typed' }, NOW);
  forgetDraft(storage, PLACE);
  expect(findDraft(storage, PLACE, { template: '' })).toBeUndefined();
});

test('the sweep forgets what is older than 14 days or unreadable, and touches nothing that is not a draft', () => {
  const map = new Map([
    ['theme', 'dark'],
    ['anvil:draft:broken#1', '{'],
  ]);
  const storage = storageOf(map);
  keepDraft(storage, { form: 'old', revision: 1 }, { a: 'x' }, new Date('2026-02-20T12:00:00Z'));
  keepDraft(storage, { form: 'new', revision: 1 }, { a: 'x' }, new Date('2026-03-01T12:00:00Z'));
  sweepDrafts(storage, NOW, PLACE);
  expect([...map.keys()].sort()).toEqual(['anvil:draft:new#1', 'theme']);
});

test('the sweep forgets older revisions of the form that is opened, and keeps those of other forms', () => {
  const map = new Map<string, string>();
  const storage = storageOf(map);
  for (const revision of [9, 13, 14, 15]) keepDraft(storage, { ...PLACE, revision }, { a: 'x' }, NOW);
  keepDraft(storage, { form: `${PLACE.form}-2`, revision: 1 }, { a: 'x' }, NOW);
  sweepDrafts(storage, NOW, PLACE);
  expect([...map.keys()].map((key) => key.split('/').at(-1))).toEqual([
    'refund#14',
    'refund#15',
    'refund-2#1',
  ]);
});

test('all drafts are forgotten at once, and nothing else', () => {
  const map = new Map([['theme', 'dark']]);
  const storage = storageOf(map);
  keepDraft(storage, PLACE, { a: 'x' }, NOW);
  keepDraft(storage, { ...PLACE, form: '/o/acme' }, { a: 'x' }, NOW);
  expect(countDrafts(storage)).toBe(2);
  forgetAllDrafts(storage);
  expect([countDrafts(storage), ...map.keys()]).toEqual([0, 'theme']);
});

test('what somebody else wrote under our key is no draft and breaks nothing', () => {
  for (const value of [
    'null',
    '[]',
    '"x"',
    '{"fields":{"a":1},"keptAt":"2026-03-01"}',
    '{"fields":{},"keptAt":"x"}',
  ]) {
    const storage = storageOf(new Map([[`anvil:draft:${PLACE.form}#${PLACE.revision}`, value]]));
    expect(findDraft(storage, PLACE, { template: 'x' })).toBeUndefined();
  }
});

test('a storage that is full or forbidden keeps nothing and throws nothing', () => {
  const refuse = (): never => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  const storage: DraftStorage = {
    getItem: refuse,
    setItem: refuse,
    removeItem: refuse,
    key: refuse,
    length: 1,
  };
  expect(keepDraft(storage, PLACE, { a: 'x' }, NOW)).toBe(false);
  expect(findDraft(storage, PLACE, {})).toBeUndefined();
  expect(() => forgetDraft(storage, PLACE)).not.toThrow();
  expect(() => forgetAllDrafts(storage)).not.toThrow();
  expect(countDrafts(storage)).toBe(0);
  expect(() => sweepDrafts(storage, NOW, PLACE)).not.toThrow();
});

import { expect, it } from 'vitest';
import type { JsonObject } from '../prompt.ts';
import { smallerCalls } from './shrink.ts';

it.each<[string, JsonObject, JsonObject[]]>([
  ['nothing is smaller than a call without values', {}, []],
  ['a long text is left out, or replaced', { s: 'long' }, [{}, { s: [] }, { s: 'x' }, { s: 1 }]],
  ['only what is shorter replaces a value', { s: 'ab', yes: true }, [
    { yes: true }, { s: 'ab' },
    { s: [], yes: true }, { s: 'x', yes: true }, { s: 1, yes: true },
    { s: 'ab', yes: [] }, { s: 'ab', yes: 'x' }, { s: 'ab', yes: 1 },
  ]],
  ['a number of two digits is replaced by 1 only', { n: 42 }, [{}, { n: 1 }]],
  ['a value that is as small as can be stays', { list: [], text: 'x', number: 1 }, [
    { text: 'x', number: 1 }, { list: [], number: 1 }, { list: [], text: 'x' },
  ]],
  ['a value that is as short as its replacement stays', { list: {}, text: 'y', number: 2 }, [
    { text: 'y', number: 2 }, { list: {}, number: 2 }, { list: {}, text: 'y' }, { list: 1, text: 'y', number: 2 },
    { list: {}, text: [], number: 2 }, { list: {}, text: 1, number: 2 },
  ]],
  ['the outermost places come first, and null is a value', { o: { a: null }, l: [7] }, [
    { l: [7] }, { o: { a: null } }, { o: {}, l: [7] }, { o: { a: null }, l: [] },
    { o: [], l: [7] }, { o: 'x', l: [7] }, { o: 1, l: [7] },
    { o: { a: null }, l: [] }, { o: { a: null }, l: 1 },
    { o: { a: [] }, l: [7] }, { o: { a: 'x' }, l: [7] }, { o: { a: 1 }, l: [7] },
  ]],
])('%s', (_, call, smaller) => {
  expect(smallerCalls(call)).toEqual(smaller);
}); // prettier-ignore

import { expect, it } from 'vitest';
import { memoryLimit } from './memory-metrics.ts';

it.each([
  ['of the container, if it has one', 512, 2_000, 512],
  ['of the machine, if the container has none', 18_446_744_073_709_552_000, 2_000, 2_000],
  ['of the machine, outside of a container', 0, 2_000, 2_000],
])('the limit of memory is that %s', (_, constrained, total, limit) => {
  expect(memoryLimit(constrained, total)).toBe(limit);
});

import { expect, it } from 'vitest';
import { createTimeSlices } from './time-slices.ts';

it('lets others run once the work has held the event loop for 10 ms, and then counts from zero', async () => {
  let time = 0;
  const giveWay = createTimeSlices(() => time);
  let othersRan = 0;
  const step = async (ms: number) => {
    time += ms;
    setImmediate(() => othersRan++);
    await giveWay();
    return othersRan;
  };
  expect(await step(9)).toBe(0);
  expect(await step(1)).toBe(2);
  expect(await step(9)).toBe(2);
  expect(await step(9)).toBe(4);
});

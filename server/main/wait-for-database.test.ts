import { expect, it } from 'vitest';
import { waitForDatabase } from './wait-for-database.ts';

const SECOND = 1_000;

/** Runs the wait on a clock that each delay moves on, until `failures` attempts have failed. */
async function wait(failures: number, sentence: (attempt: number) => string | undefined = () => 'away') {
  let time = 0;
  let attempts = 0;
  const reports: [seconds: number, sentence: string][] = [];
  const delays: number[] = [];
  const result = waitForDatabase({
    attempt: () => {
      attempts += 1;
      return attempts > failures ? Promise.resolve('open') : Promise.reject(new Error('refused'));
    },
    describe: () => sentence(attempts),
    report: (text) => reports.push([time / SECOND, text]),
    now: () => time,
    delay: (milliseconds) => {
      delays.push(milliseconds);
      time += milliseconds;
      return Promise.resolve();
    },
  });
  return { result, reports, delays };
}

it('reports the first failure at once, then at growing intervals', async () => {
  const { result, reports, delays } = await wait(400);
  expect(await result).toBe('open');
  expect(Math.max(...delays)).toBe(5 * SECOND);
  const seconds = reports.map(([at]) => at);
  expect(seconds[0]).toBe(0);
  const intervals = seconds.slice(1).map((at, index) => at - (seconds[index] ?? 0));
  expect(intervals.every((interval, index) => interval >= Math.min(10 * 2 ** index, 300))).toBe(true);
  expect(reports.length).toBeLessThan(13);
});

it('reports another reason at once', async () => {
  const { result, reports } = await wait(3, (attempt) => (attempt < 3 ? 'no such host' : 'starting up'));
  await result;
  expect(reports.map(([, text]) => text)).toEqual(['no such host', 'starting up']);
});

it('throws an error that waiting does not cure', async () => {
  const { result, reports } = await wait(5, (attempt) => (attempt === 2 ? undefined : 'away'));
  await expect(result).rejects.toThrow('refused');
  expect(reports).toHaveLength(1);
});

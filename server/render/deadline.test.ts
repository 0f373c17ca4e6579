import { expect, it } from 'vitest';
import { judgeTimeout, nextDeadline, type Attempt } from './deadline.ts';

const attempts = (...cpuMs: (number | undefined)[]): Attempt[] =>
  cpuMs.map((one) => ({ deadlineMs: 100, cpuMs: one }));

it('refuses a template that took its processor time', () => {
  expect(judgeTimeout(100, attempts(97))).toEqual({ kind: 'refuse' });
  expect(judgeTimeout(100, attempts(50))).toEqual({ kind: 'refuse' });
  expect(judgeTimeout(100, attempts(3, 60))).toEqual({ kind: 'refuse' });
});

it('refuses an endless template after it took the time of one deadline in all', () => {
  expect(judgeTimeout(100, attempts(30, 30, 30))).toEqual({ kind: 'retry' });
  expect(judgeTimeout(100, attempts(30, 30, 30, 30))).toEqual({ kind: 'refuse' });
});

it('refuses where the system doesn’t tell the processor time', () => {
  expect(judgeTimeout(100, attempts(undefined))).toEqual({ kind: 'refuse' });
});

it.each([
  ['longer deadlines if no other job waits', false, [100, 200, 400, 300]],
  ['the same deadline while other jobs wait', true, Array<number>(10).fill(100)],
])(
  'repeats a starved render with %s, for 1 s in all, and then calls the machine busy',
  (_, areOthersWaiting, expected) => {
    const made: Attempt[] = [];
    do made.push({ deadlineMs: nextDeadline(100, made, areOthersWaiting), cpuMs: 3 });
    while (judgeTimeout(100, made).kind === 'retry');
    expect(made.map(({ deadlineMs }) => deadlineMs)).toEqual(expected);
    expect(judgeTimeout(100, made)).toEqual({ kind: 'busy' });
  },
);

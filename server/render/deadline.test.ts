import { expect, it } from 'vitest';
import { judgeTimeout, nextDeadline } from './deadline.ts';

it('refuses a template that took its processor time', () => {
  expect(judgeTimeout(100, [100], 97)).toEqual({ kind: 'refuse' });
  expect(judgeTimeout(100, [100], 50)).toEqual({ kind: 'refuse' });
  // Over two attempts it is the last that counts: an endless template gets its time once the machine allows it.
  expect(judgeTimeout(100, [100, 200], 60)).toEqual({ kind: 'refuse' });
});

it('refuses where the system doesn’t tell the processor time', () => {
  expect(judgeTimeout(100, [100], undefined)).toEqual({ kind: 'refuse' });
});

it.each([
  ['longer deadlines if no other job waits', false, [100, 200, 400, 300]],
  ['the same deadline while other jobs wait', true, Array<number>(10).fill(100)],
])(
  'repeats a starved render with %s, for 1 s in all, and then calls the machine busy',
  (_, areOthersWaiting, expected) => {
    const attempts: number[] = [];
    do attempts.push(nextDeadline(100, attempts, areOthersWaiting));
    while (judgeTimeout(100, attempts, 3).kind === 'retry');
    expect(attempts).toEqual(expected);
    expect(judgeTimeout(100, attempts, 3)).toEqual({ kind: 'busy' });
  },
);

import { expect, it } from 'vitest';
import { judgeTimeout } from './deadline.ts';

it('refuses a template that took its processor time', () => {
  expect(judgeTimeout(100, [100], 97)).toEqual({ kind: 'refuse' });
  expect(judgeTimeout(100, [100], 50)).toEqual({ kind: 'refuse' });
  // Over two attempts it is the last that counts: an endless template gets its time once the machine allows it.
  expect(judgeTimeout(100, [100, 200], 60)).toEqual({ kind: 'refuse' });
});

it('refuses where the system doesn’t tell the processor time', () => {
  expect(judgeTimeout(100, [100], undefined)).toEqual({ kind: 'refuse' });
});

it('repeats a starved render with longer deadlines, for 1 s in all, and then calls the machine busy', () => {
  const attempts = [100];
  for (;;) {
    const verdict = judgeTimeout(100, attempts, 3);
    if (verdict.kind !== 'retry') {
      expect(verdict).toEqual({ kind: 'busy' });
      break;
    }
    attempts.push(verdict.deadlineMs);
  }
  expect(attempts).toEqual([100, 200, 400, 300]);
});

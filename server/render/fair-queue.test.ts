import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue, type FairQueueLimits } from './fair-queue.ts';

const WIDE: FairQueueLimits = { itemsPerOwner: 1_000, totalWeight: 1e9 };

type Command = { do: 'push'; owner: string } | { do: 'shift' } | { do: 'remove'; nth: number };
const owner = fc.constantFrom('a', 'b', 'c', 'd');
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: owner.map((name) => ({ do: 'push' as const, owner: name })) },
  { weight: 2, arbitrary: fc.constant({ do: 'shift' as const }) },
  { weight: 1, arbitrary: fc.nat(20).map((nth) => ({ do: 'remove' as const, nth })) },
);

interface Item {
  owner: string;
  number: number;
}

describe('a fair queue', () => {
  it('serves the waiting owner whose last turn is the longest ago, each in its own order, and loses nothing', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const queue = createFairQueue<Item>(WIDE);
        const waiting: Item[] = [];
        const lastTurns = new Map<string, number>();
        commands.forEach((one, number) => {
          if (one.do === 'push') {
            const item = { owner: one.owner, number };
            waiting.push(item);
            expect(queue.push(one.owner, item, 1)).toBe(true);
          } else if (one.do === 'remove') {
            const item = waiting[one.nth];
            if (!item) return;
            expect(queue.remove(item.owner, item)).toBe(true);
            expect(queue.remove(item.owner, item)).toBe(false);
            waiting.splice(one.nth, 1);
          } else {
            const taken = queue.shift();
            expect(taken === undefined).toBe(waiting.length === 0);
            if (!taken) return;
            expect(taken).toBe(waiting.find((other) => other.owner === taken.owner));
            waiting.splice(waiting.indexOf(taken), 1);
            const turnOf = (item: Item) => lastTurns.get(item.owner) ?? -1;
            for (const other of waiting) expect(turnOf(other)).toBeGreaterThanOrEqual(turnOf(taken));
            lastTurns.set(taken.owner, number);
          }
          expect(queue.size).toBe(waiting.length);
        });
        expect(new Set(queue.drain())).toEqual(new Set(waiting));
        expect(queue.size).toBe(0);
      }),
      { numRuns: 10_000 },
    );
  });

  it('serves an owner that comes after the first turn of another before the second one', () => {
    const queue = createFairQueue<number>(WIDE);
    queue.push('a', 1, 1);
    expect(queue.shift()).toBe(1);
    for (const item of [2, 3]) queue.push('a', item, 1);
    queue.push('b', 4, 1);
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([4, 2, 3]);
  });

  it('refuses only the owner that has as many items waiting as one may have', () => {
    const queue = createFairQueue<number>({ ...WIDE, itemsPerOwner: 2 });
    expect([1, 2, 3].map((item) => queue.push('a', item, 1))).toEqual([true, true, false]);
    expect(queue.push('b', 4, 1)).toBe(true);
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 4, 2, undefined]);
  });

  it('leaves each owner an equal share of the weight once all of it is used', () => {
    const queue = createFairQueue<number>({ ...WIDE, totalWeight: 100 });
    expect(queue.push('a', 1, 90)).toBe(true);
    expect(queue.push('a', 2, 20)).toBe(false);
    expect(queue.push('b', 3, 40)).toBe(true);
    expect(queue.push('b', 4, 20)).toBe(false);
    expect(queue.push('c', 5, 33)).toBe(true);
  });

  it('puts an item back before the others of its owner', () => {
    const queue = createFairQueue<number>(WIDE);
    for (const item of [1, 2]) queue.push('a', item, 1);
    queue.push('b', 3, 1);
    const first = queue.shift() as number;
    queue.unshift('a', first, 1);
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([3, 1, 2]);
  });
});

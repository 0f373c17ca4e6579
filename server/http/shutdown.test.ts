import { expect, it, vi } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createShutdown } from './shutdown.ts';

const log = createLogger('silent');

function process(closers: (() => Promise<unknown>)[], drainSeconds = 0) {
  const lifecycle: Lifecycle = { phase: 'ready' };
  const codes: number[] = [];
  const shutdown = createShutdown({
    lifecycle,
    log,
    drainSeconds,
    closers,
    exit: (code) => void codes.push(code),
  });
  return { lifecycle, codes, shutdown };
}

it('says "not ready" at once, then closes one after the other and exits with 0', async () => {
  const order: string[] = [];
  const closer = (name: string) => async () => {
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
  };
  const { lifecycle, codes, shutdown } = process([closer('server'), closer('database')]);
  const done = shutdown('SIGTERM');
  expect([lifecycle.phase, order]).toEqual(['draining', []]);
  await done;
  expect(order).toEqual(['server begins', 'server ends', 'database begins', 'database ends']);
  expect(codes).toEqual([0]);
});

it('closes the rest and exits with 1 when one of them fails', async () => {
  const last = vi.fn(() => Promise.resolve());
  const { codes, shutdown } = process([() => Promise.reject(new Error('broken')), last]);
  await shutdown('SIGTERM');
  expect(last).toHaveBeenCalledOnce();
  expect(codes).toEqual([1]);
});

it('a second signal ends the drain', async () => {
  const { codes, shutdown } = process([], 3_600);
  const done = shutdown('SIGTERM');
  await shutdown('SIGINT');
  await done;
  expect(codes).toEqual([0]);
});

it('what never closes does not keep the process', async () => {
  vi.useFakeTimers();
  try {
    let begun: () => void = () => undefined;
    const closing = new Promise<void>((resolve) => (begun = resolve));
    const never = () => {
      begun();
      return new Promise(() => undefined);
    };
    const { codes, shutdown } = process([never]);
    void shutdown('SIGTERM');
    await closing;
    await vi.advanceTimersByTimeAsync(10_001);
    expect(codes).toEqual([1]);
  } finally {
    vi.useRealTimers();
  }
});

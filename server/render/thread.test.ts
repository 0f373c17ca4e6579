import { expect, it } from 'vitest';
import type { JobOutcome } from './job.ts';
import { startThread } from './thread.ts';

const ENDLESS = '{% for a in (1..1000000) %}{% for b in (1..1000000) %}{% endfor %}{% endfor %}';

it('a job that reaches its deadline ends with the processor time that its thread spent on it', async () => {
  const before = process.cpuUsage();
  const done = await new Promise<{ outcome: JobOutcome; cpuMs: number | undefined }>((resolve, reject) => {
    const thread = startThread(
      // Only the worker's own deadline ends the job, however busy the machine is.
      { workerUrl: new URL('./worker.ts', import.meta.url), graceMs: 60_000, maxOldGenerationSizeMb: 64 },
      {
        onReady: () =>
          thread.run(
            {
              task: {
                kind: 'render',
                content: { kind: 'text', template: ENDLESS, parameters: [], config: '{}' },
                valuesJson: '{}',
                partials: {},
                outputLimitBytes: 1_000,
              },
              deadlineMs: 500,
            },
            (outcome, cpuMs) => void thread.close().then(() => resolve({ outcome, cpuMs })),
          ),
        onLost: (reason) => reject(new Error(reason)),
      },
    );
  });
  expect(done.outcome).toMatchObject({ ok: false, reason: 'render.timeout' });
  expect(done.cpuMs).toBeGreaterThan(0);
  const { user, system } = process.cpuUsage(before);
  expect(done.cpuMs).toBeLessThanOrEqual((user + system) / 1_000);
});

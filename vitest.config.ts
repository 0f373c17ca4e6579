import { defineConfig } from 'vitest/config';

// Three projects: `unit` needs nothing, `integration` gets a real PostgreSQL (tests/support/global-setup.ts),
// `e2e` additionally the built server and a browser. No retries anywhere.
export default defineConfig({
  test: {
    retry: 0,
    projects: [
      {
        test: {
          name: 'unit',
          // Files share a process, and what they import is loaded once: that is a third of the time. No test mocks modules.
          isolate: false,
          // One project after the other: each alone is enough for two cores.
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
          // Property tests take their ten thousand runs on a machine that is busy with others too.
          testTimeout: 120_000,
          include: ['core/**/*.test.ts', 'app/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          isolate: false,
          sequence: { groupOrder: 1 },
          include: ['{server,db,client}/**/*.test.ts', 'tests/*.test.ts'],
          globalSetup: ['tests/support/global-setup.ts'],
          setupFiles: ['tests/support/setup.ts'],
          // Limits for what hangs, not for what is slow: another process may use both cores.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // A poll waits for an event and ends with it.
          expect: { poll: { timeout: 60_000 } },
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          sequence: { groupOrder: 2 },
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/support/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 60_000 } },
          // A browser waits often. Two at once take half the time of one.
          maxWorkers: 2,
        },
      },
    ],
  },
});

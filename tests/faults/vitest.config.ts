import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// The built server under faults, one file after the other: each measures while nothing else runs. No retries.
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '../..'),
    include: ['tests/faults/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    retry: 0,
    fileParallelism: false,
    // A poll waits for an event and ends with it.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});

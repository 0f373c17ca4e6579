import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// The deployments, run for real: one file after the other, for each takes the machine as a whole. No retries.
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '../..'),
    include: ['tests/deploy/**/*.test.ts'],
    globalSetup: ['tests/deploy/support/run-folder.ts'],
    retry: 0,
    fileParallelism: false,
    // A poll waits for an event and ends with it.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

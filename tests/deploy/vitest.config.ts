import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Written, and passed in parts, but not yet seen to pass from beginning to end: they don't run until they have. Take a
 * name out of here once it has; nothing else may stand here.
 */
const NOT_YET_WHOLE = ['postgresql-15'];

// The deployments, run for real: one file after the other, for each takes the machine as a whole. No retries.
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '../..'),
    include: ['tests/deploy/**/*.test.ts'],
    exclude: process.env.ANVIL_TRY_ALL ? [] : NOT_YET_WHOLE.map((name) => `tests/deploy/${name}.test.ts`),
    globalSetup: ['tests/deploy/support/run-folder.ts'],
    retry: 0,
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

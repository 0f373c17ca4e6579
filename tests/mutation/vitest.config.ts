import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// The tests that `npm run test:mutation` runs for each change. scripts/test-mutation.mjs says which.
const root = resolve(import.meta.dirname, '../..');

export default defineConfig({
  resolve: { alias: [{ find: /^fast-check$/, replacement: resolve(import.meta.dirname, 'fast-check.mjs') }] },
  test: {
    root,
    include: (process.env.MUTATION_TESTS ?? '').split(' '),
    retry: 0,
    testTimeout: 120_000,
  },
});

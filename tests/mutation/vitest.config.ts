import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// The tests that `npm run test:mutation` runs for each mutant: those that need no database.
const root = resolve(import.meta.dirname, '../..');

export default defineConfig({
  resolve: { alias: [{ find: /^fast-check$/, replacement: resolve(import.meta.dirname, 'fast-check.mjs') }] },
  test: {
    root,
    include: ['core/*.test.ts', 'core/contract/**/*.test.ts', 'server/auth/permissions.test.ts'],
    retry: 0,
    testTimeout: 120_000,
  },
});

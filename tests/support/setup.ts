import { afterEach, beforeEach, vi } from 'vitest';

let written: unknown[][] = [];

// What goes to console.error unexpectedly is a failure that nobody looked at. A test that expects it puts a spy of
// its own on console.error, which takes this one's place until the test ends.
beforeEach(() => {
  written = [];
  vi.spyOn(console, 'error').mockImplementation((...values: unknown[]) => {
    written.push(values);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  if (written.length > 0) throw new Error(`Unexpected console.error: ${written.map(String).join('\n')}`);
});

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { fetchNode24 } from './support/base-images.ts';
import { must } from './support/shell.ts';
import { passSuite } from './support/suite.ts';

// The image runs Node 24, and whoever develops may have 20: what `npm test` shows on the one is shown here on the other.
describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('Node 24', () => {
  const folder = join(inject('runFolder'), 'node24');
  const node = join(folder, 'bin/node');

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('passes every unit and integration test', { timeout: 1_800_000 }, async () => {
    await mkdir(folder, { recursive: true });
    await fetchNode24(folder);
    expect(await must(node, ['--version'])).toMatch(/^v24\./);

    const passed = await passSuite({
      node,
      args: ['--project=unit', '--project=integration'],
      // First, for what the tests start by the name of node.
      env: { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` },
    });
    console.info(`${passed} tests passed on Node 24`);
    expect(passed).toBeGreaterThan(1_500);
  });
});

import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { fetchNode24 } from './support/base-images.ts';
import { must, ROOT, sh } from './support/shell.ts';

const report = z.object({
  numTotalTests: z.number(),
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** Of this run's vitest, which the inner one must not take for its own. */
const OF_VITEST = ['VITEST', 'VITEST_MODE', 'VITEST_POOL_ID', 'VITEST_WORKER_ID', 'TEST', 'NODE_ENV'];
const OF_VITE = ['DEV', 'PROD', 'SSR', 'MODE'];

// The image runs Node 24, and whoever develops may have 20: what `npm test` shows on the one is shown here on the other.
describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('Node 24', () => {
  const folder = join(inject('runFolder'), 'node24');
  const node = join(folder, 'bin/node');

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('passes every unit and integration test', { timeout: 1_800_000 }, async () => {
    await mkdir(folder, { recursive: true });
    await fetchNode24(folder);
    expect(await must(node, ['--version'])).toMatch(/^v24\./);

    const output = join(folder, 'report.json');
    const unset = [...OF_VITEST, ...OF_VITE].flatMap((name) => ['-u', name]);
    const vitest = [node, join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run'];
    const projects = ['--project=unit', '--project=integration'];
    const reporter = ['--reporter=json', `--outputFile=${output}`];
    const run = await sh('env', [...unset, ...vitest, ...projects, ...reporter], {
      // First, for what the tests start by the name of node.
      env: { PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}` },
    });
    const text = await readFile(output, 'utf8').catch(() => {
      throw new Error(`vitest left no report:\n${run.stdout}${run.stderr}`);
    });
    const { numTotalTests: all, numPassedTests: passed, testResults } = report.parse(JSON.parse(text));
    console.info(`${passed} tests passed on Node 24`);

    const failed = testResults.flatMap(({ name, status, message, assertionResults }) => [
      ...assertionResults.filter((one) => one.status !== 'passed').map((one) => one.fullName),
      ...(status === 'failed' && message ? [`${name}: ${message}`] : []),
    ]);
    expect(failed).toEqual([]);
    // An error outside of any test fails the run as well.
    expect({ code: run.code, errors: run.code === 0 ? '' : run.stderr.slice(-2_000) }).toEqual({
      code: 0,
      errors: '',
    });
    expect(passed).toBe(all);
    expect(passed).toBeGreaterThan(1_500);
  });
});

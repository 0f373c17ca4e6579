import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { z } from 'zod';
import { ROOT, sh } from './shell.ts';

const report = z.object({
  numTotalTests: z.number(),
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

const OF_VITEST = ['VITEST', 'VITEST_MODE', 'VITEST_POOL_ID', 'VITEST_WORKER_ID', 'TEST', 'NODE_ENV'];
const OF_VITE = ['DEV', 'PROD', 'SSR', 'MODE'];
/** For `env`: without what this run's vitest has set, which others must not take for their own. */
export const WITHOUT_VITEST = [...OF_VITEST, ...OF_VITE].flatMap((name) => ['-u', name]);

/**
 * Runs tests of this clone in a vitest of its own, and expects that each of them passes and none is skipped.
 *
 * @param input `node` that runs it, `args` for `vitest run`
 * @returns how many passed
 */
export async function passSuite(input: {
  node: string;
  args: string[];
  env: Record<string, string>;
}): Promise<number> {
  const output = join(await mkdtemp(join(inject('runFolder'), 'suite-')), 'report.json');
  const vitest = [input.node, join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...input.args];
  const run = await sh('env', [...WITHOUT_VITEST, ...vitest, '--reporter=json', `--outputFile=${output}`], {
    env: input.env,
  });
  const text = await readFile(output, 'utf8').catch(() => {
    throw new Error(`vitest left no report:\n${run.stdout}${run.stderr}`);
  });
  const { numTotalTests: all, numPassedTests: passed, testResults } = report.parse(JSON.parse(text));
  const failed = testResults.flatMap(({ name, status, message, assertionResults }) => [
    ...assertionResults
      .filter((one) => one.status !== 'passed')
      .map((one) => `${one.fullName}: ${one.failureMessages.join('\n')}`),
    ...(status === 'failed' && message ? [`${name}: ${message}`] : []),
  ]);
  expect(failed).toEqual([]);
  // An error outside of any test fails the run as well.
  const errors = run.code === 0 ? '' : run.stderr.slice(-2_000);
  expect({ code: run.code, errors }).toEqual({ code: 0, errors: '' });
  expect(passed).toBe(all);
  return passed;
}

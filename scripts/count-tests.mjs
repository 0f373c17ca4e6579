import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/**
 * Runs vitest and counts. A file that could not be loaded, and an error outside of any test, count as one failure; so
 * does a run in which nothing ran.
 *
 * @param {string} name of the report in .cache
 * @param {string[]} args for `vitest run`
 * @returns {Promise<{ passed: number, failed: number, skipped: string[] }>} skipped tests by their full names
 */
export async function runTests(name, args) {
  const path = join(root, `.cache/${name}.json`);
  await mkdir(join(root, '.cache'), { recursive: true });
  await rm(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const { code } = await run('vitest', ['run', ...args, ...reporters]);
  const counted = await readReport(path).catch((error) => {
    console.log(`vitest left no report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: [] };
  });
  // A rejection nobody waited for fails the run without a failed test.
  if (counted.failed === 0 && (code !== 0 || counted.passed === 0)) counted.failed = 1;
  return counted;
}

async function readReport(path) {
  const report = JSON.parse(await readFile(path, 'utf8'));
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => !['passed', 'failed'].includes(test.status))
    .map((test) => test.fullName);
  return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length, skipped };
}

/**
 * Prints the line that sums up, the last of a run, and sets the exit code by it.
 *
 * @param {{ passed: number, failed: number, skipped: number }} counts
 */
export function sumUp({ passed, failed, skipped }) {
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root, run } from './run.mjs';

/**
 * Runs vitest and counts. A file that could not be loaded, and an error outside of any test, count as one failure; so
 * does a run in which nothing ran.
 *
 * @param {string} name of the report in .cache
 * @param {string[]} args for `vitest run`
 * @returns {Promise<{ passed: number, failures: string[], skipped: string[] }>} each failure with its message, skipped
 *   tests by their full names
 */
export async function runTests(name, args) {
  const path = join(root, `.cache/${name}.json`);
  await mkdir(join(root, '.cache'), { recursive: true });
  await rm(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const { code } = await run('vitest', ['run', ...args, ...reporters]);
  const counted = await readReport(path).catch((error) => {
    console.log(`vitest left no report: ${error.message}`);
    return { passed: 0, failures: [`${name}: vitest left no report`], skipped: [] };
  });
  // A rejection nobody waited for fails the run without a failed test.
  if (counted.failures.length === 0 && (code !== 0 || counted.passed === 0)) {
    counted.failures.push(`${name}: an error outside of any test, printed by vitest above`);
  }
  return counted;
}

async function readReport(path) {
  const report = JSON.parse(await readFile(path, 'utf8'));
  const failures = report.testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(root, name);
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [describeFailure(file, message)];
      return failed.map((test) =>
        describeFailure(`${file} > ${test.fullName}`, test.failureMessages.join('\n')),
      );
    });
  const skipped = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => !['passed', 'failed'].includes(test.status))
    .map((test) => test.fullName);
  return { passed: report.numPassedTests, failures, skipped };
}

/** The name, and below it the beginning of the message. */
function describeFailure(name, message) {
  const lines = stripVTControlCharacters(message).trimEnd().split('\n').slice(0, 12);
  return [name, ...lines.map((line) => `    ${line}`)].join('\n');
}

/**
 * Prints all failures once more and the line that sums up, the last of a run, and sets the exit code by it.
 *
 * @param {{ passed: number, failures: string[], skipped: number }} counts
 */
export function sumUp({ passed, failures, skipped }) {
  if (failures.length > 0) console.log(`\nFailures:\n${failures.join('\n')}`);
  console.log(`\n${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runChecks } from './check.mjs';
import { root, run } from './run.mjs';

// `npm test`: checks, then the build that the browser tests start, then all tests. Everything runs to its end, so that
// one run tells all that is wrong; the last line sums up, each check and the build counting as one.
const REPORT = join(root, '.cache/vitest.json');

/** What vitest's JSON report says. A file that could not even be loaded counts as one failure. */
async function countTests() {
  const report = JSON.parse(await readFile(REPORT, 'utf8'));
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const checks = await runChecks();
const build = await run('scripts/build.mjs');
const projects = build.code === 0 ? [] : ['--project=unit', '--project=integration'];
if (build.code !== 0) console.log('\nThe build failed, so the browser tests are left out.');

await mkdir(join(root, '.cache'), { recursive: true });
await rm(REPORT, { force: true });
const tests = await run('vitest', [
  'run',
  ...projects,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${REPORT}`,
]);
const counted = await countTests().catch((error) => {
  console.log(`vitest left no report: ${error.message}`);
  return { passed: 0, failed: 1, skipped: 0 };
});
// An error outside of any test (a rejection nobody waited for) fails the run without a failed test.
if (tests.code !== 0 && counted.failed === 0) counted.failed = 1;
if (counted.passed === 0 && counted.failed === 0) counted.failed = 1;

const passed = checks.passed + counted.passed + (build.code === 0 ? 1 : 0);
const failed = checks.failed + counted.failed + (build.code === 0 ? 0 : 1);
const skipped = counted.skipped > 0 ? `, ${counted.skipped} skipped` : '';
console.log(`\n${passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed === 0 ? 0 : 1;

import { runChecks } from './check.mjs';
import { runTests, sumUp } from './count-tests.mjs';
import { run } from './run.mjs';

// `npm test`: checks, then the build that the browser tests start, then all tests. Everything runs to its end, so that
// one run tells all that is wrong; the last line sums up, each check and the build counting as one.
const checks = await runChecks();
const build = await run('scripts/build.mjs');
if (build.code !== 0) console.log('\nThe build failed, so the browser tests are left out.');
const tests = await runTests('vitest', build.code === 0 ? [] : ['--project=unit', '--project=integration']);

sumUp({
  passed: checks.passed + tests.passed + (build.code === 0 ? 1 : 0),
  failures: [...checks.failures, ...(build.code === 0 ? [] : ['build']), ...tests.failures],
  skipped: tests.skipped.length,
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTests, sumUp } from './count-tests.mjs';
import { root, run } from './run.mjs';

// `npm run test:deploy`: runs the deployments of docs/deploy for real. It wants root and the Debian packages that
// .ci/run installs; what a machine can't run is skipped by name, and a name that is not allowed here fails the run.
const ALLOWED = join(root, 'tests/deploy/allowed-skips.json');

const build = await run('scripts/build.mjs');
const tests =
  build.code === 0
    ? await runTests('vitest-deploy', ['--config', 'tests/deploy/vitest.config.ts', ...process.argv.slice(2)])
    : { passed: 0, failed: 1, skipped: [] };

const allowed = new Set(JSON.parse(await readFile(ALLOWED, 'utf8')).map(({ test }) => test));
const unexpected = tests.skipped.filter((name) => !allowed.has(name));
for (const name of unexpected) console.log(`Skipped, and not on the list of allowed skips: ${name}`);

sumUp({
  passed: tests.passed,
  failed: tests.failed + unexpected.length,
  skipped: tests.skipped.length - unexpected.length,
});

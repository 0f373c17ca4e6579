import { root, run } from './run.mjs';
import { runTests, sumUp } from './count-tests.mjs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Builds Anvil, runs one folder of tests against the build, and prints the line that sums up. A skipped test fails the
 * run unless the folder's allowed-skips.json names it.
 *
 * @param {string} folder of the tests, with a vitest.config.ts: `tests/deploy`
 */
export async function testBuilt(folder) {
  const build = await run('scripts/build.mjs');
  const name = `vitest-${folder.split('/').at(-1)}`;
  const tests =
    build.code === 0
      ? await runTests(name, ['--config', `${folder}/vitest.config.ts`, ...process.argv.slice(2)])
      : { passed: 0, failures: ['build'], skipped: [] };

  const allowed = await allowedSkips(join(root, folder, 'allowed-skips.json'));
  const unexpected = tests.skipped.filter((skipped) => !allowed.has(skipped));

  sumUp({
    passed: tests.passed,
    failures: [
      ...tests.failures,
      ...unexpected.map((skipped) => `${skipped}: skipped, and not on the list of allowed skips`),
    ],
    skipped: tests.skipped.length - unexpected.length,
  });
}

async function allowedSkips(file) {
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  return new Set(JSON.parse(text).map(({ test }) => test));
}

import { resolve } from 'node:path';
import { run } from './run.mjs';

/**
 * Everything that is checked without running Anvil. All checks run to their end, two at a time, so that one run tells
 * all that is wrong. The slow ones begin first.
 */
const CHECKS = [
  { name: 'lint', program: 'eslint', args: ['.', '--max-warnings=0'] },
  {
    name: 'types',
    program: 'tsc',
    args: ['--noEmit', '-p', '.', '--incremental', '--tsBuildInfoFile', '.cache/tsc.tsbuildinfo'],
  },
  {
    name: 'format',
    program: 'prettier',
    args: ['--check', '.', '--log-level=warn', '--cache', '--cache-location=.cache/prettier'],
  },
  { name: 'unused', program: 'knip', args: ['--no-progress'] },
  {
    name: 'imports',
    program: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', '.'],
  },
  { name: 'diagram', program: 'scripts/diagram.mjs', args: ['--check'] },
  { name: 'config', program: 'scripts/configuration.mjs', args: ['--check'] },
];

/**
 * Runs all checks and prints each one's name, time and, at the end, the output of those that failed.
 *
 * @returns {Promise<{ passed: number, failures: string[] }>} failed checks by their names
 */
export async function runChecks() {
  const waiting = [...CHECKS];
  const failures = [];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const start = performance.now();
      const { code, output } = await run(check.program, check.args, { output: 'collect' });
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${check.name.padEnd(8)} ${seconds.padStart(5)} s`);
      if (code !== 0) failures.push({ ...check, output });
    }
  };
  await Promise.all([worker(), worker()]);
  for (const { name, program, args, output } of failures) {
    console.log(`\n── ${name} failed (${program} ${args.join(' ')})\n${output.trimEnd()}`);
  }
  return { passed: CHECKS.length - failures.length, failures: failures.map(({ name }) => `check ${name}`) };
}

if (resolve(process.argv[1] ?? '') === import.meta.filename) {
  const { failures } = await runChecks();
  process.exitCode = failures.length === 0 ? 0 : 1;
}

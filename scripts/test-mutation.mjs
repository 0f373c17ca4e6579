import { Stryker } from '@stryker-mutator/core';

// `npm run test:mutation`: changes the code in small ways and counts the changes that the tests notice. Takes long, so it
// isn't part of `npm test`. `npm run test:mutation -- version address` measures only these parts.

/** The share of the changes that the tests have to notice in each part, in per cent. */
const SCORE_MIN = 85;

/**
 * What is measured, part by part, and by which tests: a part without good tests of its own isn't hidden behind another
 * one. None of the tests needs a database. The random pairs of contents are left out, because for each change of the code
 * they would run for minutes.
 */
const PARTS = {
  contract: { code: 'core/contract/*.ts', tests: ['core/contract/!(pairs|symbols).test.ts'] },
  returns: { code: 'core/contract/returns/*.ts', tests: ['core/contract/returns/*.test.ts'] },
  version: { code: 'core/{version,next-version}.ts', tests: ['core/{version,next-version}*.test.ts'] },
  address: { code: 'core/address.ts', tests: ['core/address*.test.ts'] },
  value: { code: 'core/{value,value-notes}.ts', tests: ['core/{value,sample-values,parameter}*.test.ts'] },
  permissions: { code: 'server/auth/permissions.ts', tests: ['server/auth/permissions.test.ts'] },
};

const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(PARTS);
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}

const scores = [];
for (const name of names) {
  const { code, tests } = PARTS[name];
  process.env.MUTATION_TESTS = tests.join(' ');
  const mutants = await new Stryker({
    mutate: [code, '!**/*.{test,arbitrary}.ts'],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'tests/mutation/vitest.config.ts' },
    coverageAnalysis: 'perTest',
    reporters: ['clear-text', 'html', 'progress-append-only'],
    htmlReporter: { fileName: `.cache/mutation/${name}.html` },
    clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: false },
    tempDirName: '.cache/stryker',
    ignorePatterns: ['build', '.anvil', 'docs', 'tests/output'],
    concurrency: 2,
    timeoutMS: 30_000,
    allowConsoleColors: false,
    disableTypeChecks: false,
  }).runMutationTest();
  scores.push(scoreOf(name, mutants));
}

console.log('\npart          changes  noticed  score');
for (const { name, total, noticed, score } of scores) {
  const columns = [name.padEnd(12), String(total).padStart(8), String(noticed).padStart(8)];
  console.log(`${columns.join(' ')} ${score.toFixed(1).padStart(6)} %${score < SCORE_MIN ? ' too low' : ''}`);
}
process.exitCode = scores.every(({ score }) => score >= SCORE_MIN) ? 0 : 1;

/** A change that makes a test run without end is noticed too; one that doesn't compile isn't counted. */
function scoreOf(name, mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const noticed = count('Killed', 'Timeout');
  const total = noticed + count('Survived', 'NoCoverage');
  return { name, total, noticed, score: total === 0 ? 0 : (100 * noticed) / total };
}

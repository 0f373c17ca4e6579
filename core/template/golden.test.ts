import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { GoldenCase } from './golden.ts';
import golden from './golden.json' with { type: 'json' };

/** Renders the corpus in a process of its own: a machine's language and time zone are read at its start. */
function renderElsewhere(environment: { LANG: string; TZ: string }): string[] {
  const program = `
    import { readFileSync } from 'node:fs';
    import { renderGolden } from './golden.ts';
    const cases = JSON.parse(readFileSync('./golden.json', 'utf8'));
    process.stdout.write(JSON.stringify(cases.map((one) => renderGolden(one.template, one.values))));
  `;
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    {
      cwd: import.meta.dirname,
      env: { NODE_ENV: 'test', LC_ALL: environment.LANG, ...environment },
      encoding: 'utf8',
    },
  );
  return JSON.parse(output) as string[];
}

const CASES = golden as GoldenCase[];

describe('a template prints the same bytes on every machine', () => {
  it('the corpus has at least 120 outputs, each template once', () => {
    expect(new Set(CASES.map(({ template }) => template)).size).toBe(CASES.length);
    expect(CASES.length).toBeGreaterThanOrEqual(120);
  });

  // Berlin and Lord Howe change their clocks in dates of the corpus, by an hour and by half an hour.
  it.each([
    { LANG: 'de_DE.UTF-8', TZ: 'Europe/Berlin' },
    { LANG: 'tr_TR.UTF-8', TZ: 'Australia/Lord_Howe' },
    { LANG: 'en_US.UTF-8', TZ: 'America/New_York' },
  ])('under $LANG and $TZ', (environment) => {
    expect(renderElsewhere(environment)).toEqual(CASES.map(({ output }) => output));
  });
});

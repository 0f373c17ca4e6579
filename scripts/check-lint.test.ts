import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Shows that each ban of eslint.config.js can fail, and that it stops where it should. */

const root = resolve(import.meta.dirname, '..');

/** Where it stands, what is written there, the rule that objects (or null when it is fine). */
const CASES: [path: string, code: string, rule: string | null][] = [
  ['core/any.ts', 'export const x: any = 1;', '@typescript-eslint/no-explicit-any'],
  [
    'server/services/floats.ts',
    'export function f() { Promise.resolve(1); }',
    '@typescript-eslint/no-floating-promises',
  ],
  ['server/services/voids.ts', 'export function f() { void Promise.resolve(1); }', null],
  ['server/services/ignores.ts', '// @ts-ignore\nexport const x = 1;', '@typescript-eslint/ban-ts-comment'],
  ['server/services/enum.ts', 'export enum E { A }', 'no-restricted-syntax'],
  [
    'server/services/noreason.ts',
    '// eslint-disable-next-line no-console\nconsole.log(1);',
    'anvil/disable-needs-reason',
  ],
  [
    'server/services/reason.ts',
    '// eslint-disable-next-line no-console -- the log is not open yet\nconsole.log(1);',
    null,
  ],
  ['server/services/loud.ts', 'console.error(1);', 'no-console'],
  ['db/loud.ts', 'console.error(1);', 'no-console'],
  ['server/cli.ts', 'console.log(1);', null],
  ['server/services/env.ts', 'export const x = process.env;', 'no-restricted-properties'],
  [
    'server/services/env2.ts',
    `import { env } from 'node:process'; export const x = env;`,
    'no-restricted-syntax',
  ],
  ['app/lib/env.ts', 'export const x = process.env.NODE_ENV;', 'no-restricted-properties'],
  ['server/config.ts', 'export const x = process.env;', null],
  ['scripts/env.ts', 'export const x = process.env;', null],
  ['tests/support/env.ts', 'export const x = process.env;', null],
  ['core/mock.test.ts', `import { vi } from 'vitest'; vi.mock('./a.ts');`, 'no-restricted-properties'],
  ['tests/mock.ts', `import { vi } from 'vitest'; vi.mock('./a.ts');`, 'no-restricted-properties'],
  ['core/skip.test.ts', `import { test } from 'vitest'; test.skip('x', () => {});`, 'no-restricted-syntax'],
  [
    'core/only.test.ts',
    `import { describe } from 'vitest'; describe.only('x', () => {});`,
    'no-restricted-syntax',
  ],
  ['core/todo.test.ts', `import { it } from 'vitest'; it.todo('x');`, 'no-restricted-syntax'],
  [
    'core/retry.test.ts',
    `import { test } from 'vitest'; test('x', { retry: 2 }, () => {});`,
    'no-restricted-syntax',
  ],
  ['core/wait.test.ts', `setTimeout(() => undefined, 10);`, 'no-restricted-syntax'],
  ['server/wait.test.ts', `import { setTimeout } from 'node:timers/promises';`, 'no-restricted-syntax'],
  ['server/measure.test.ts', `export const at = performance.now();`, 'no-restricted-syntax'],
  ['tests/faults/wait.test.ts', `setTimeout(() => undefined, 10);`, null],
  ['core/fine.test.ts', `import { test } from 'vitest'; test('x', () => {});`, null],
  ['app/lib/server.ts', `import '#server/services/loud.ts';`, '@typescript-eslint/no-restricted-imports'],
  [
    'app/lib/server2.ts',
    `import '../../server/services/loud.ts';`,
    '@typescript-eslint/no-restricted-imports',
  ],
  ['app/lib/db.ts', `import '#db/loud.ts';`, '@typescript-eslint/no-restricted-imports'],
  ['app/lib/type.ts', `import type { X } from '#server/schemas/x.ts'; export type Y = X;`, null],
  ['app/lib/type2.ts', `import type { f } from '#server/services/voids.ts'; export type Y = typeof f;`, null],
  ['app/lib/schema.ts', `import { x } from '#server/schemas/x.ts'; export const y = x;`, null],
  [
    'app/hook.tsx',
    `import { useState } from 'react'; export function A(p: { on: boolean }) { if (p.on) useState(1); return null; }`,
    'react-hooks/rules-of-hooks',
  ],
  ['server/services/web.ts', `import 'fastify';`, '@typescript-eslint/no-restricted-imports'],
  ['server/auth/web.ts', `import '@remix-run/node';`, '@typescript-eslint/no-restricted-imports'],
  ['server/schemas/web.ts', `import '@trpc/server/http';`, '@typescript-eslint/no-restricted-imports'],
  ['core/web.ts', `import '@trpc/server';`, '@typescript-eslint/no-restricted-imports'],
  ['db/web.ts', `import 'fastify';`, '@typescript-eslint/no-restricted-imports'],
  ['server/rest/web.ts', `import 'fastify';`, null],
];

let tree: string;
const found = new Map<string, string[]>();

beforeAll(async () => {
  tree = await realpath(await mkdtemp(join(tmpdir(), 'anvil-lint-')));
  const files: [string, string][] = [
    ...CASES.map(([path, code]): [string, string] => [path, `${code}\n`]),
    ['server/schemas/x.ts', 'export type X = 1;\nexport const x = 1;\n'],
    [
      'package.json',
      JSON.stringify({ type: 'module', imports: { '#server/*': './server/*', '#db/*': './db/*' } }),
    ],
    [
      'tsconfig.json',
      JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['**/*.ts', '**/*.tsx'] }),
    ],
  ];
  for (const [path, text] of files) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
  const eslint = new ESLint({
    cwd: tree,
    overrideConfigFile: join(root, 'eslint.config.js'),
    overrideConfig: { languageOptions: { parserOptions: { tsconfigRootDir: tree } } },
  });
  for (const { filePath, messages } of await eslint.lintFiles(['.'])) {
    const rules = messages.map((message) => message.ruleId ?? message.message);
    found.set(filePath.slice(tree.length + 1), rules);
  }
}, 120_000);

afterAll(() => rm(tree, { recursive: true }));

test.each(CASES)('%s: %s → %s', (path, _code, rule) => {
  const rules = found.get(path);
  if (rule === null) expect(rules).toEqual([]);
  else expect(rules).toContain(rule);
});

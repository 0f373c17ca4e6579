import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

// What no reader should have to look for. Who may import whom is dependency-cruiser's business; the few imports
// forbidden here as well are those where the editor should say why at once.

const TESTS = ['**/*.test.{ts,tsx}', 'tests/**'];
const TOOLS = ['scripts/**', 'deploy/image/**', 'tests/**', 'bench/**', '*.config.{ts,js}'];
const FRAMEWORKS = ['@trpc/server', '@trpc/server/*', 'fastify', '@remix-run/*'];

/** An `eslint-disable` says after `--` why a reader should accept it. */
const disableNeedsReason = {
  meta: { type: 'problem', schema: [], messages: { reason: 'Say after "--" why this rule is off here.' } },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (/^\s*eslint-disable/.test(comment.value) && !/\s--\s+\S{3,}/.test(comment.value)) {
          context.report({ loc: comment.loc, messageId: 'reason' });
        }
      }
    },
  }),
};

const noProcessEnv = {
  object: 'process',
  property: 'env',
  message:
    'The environment is read once, in server/config.ts and client/cli.ts; take the value as a parameter.',
};
const noMock = ['mock', 'doMock', 'hoisted'].map((property) => ({
  object: 'vi',
  property,
  message:
    'Pass a fake in (memory mailer, clock) instead of replacing a module: mocks keep passing when the real one breaks.',
}));

const noEnum = {
  selector: 'TSEnumDeclaration',
  message: 'An enum leaves code behind its types; use a const array and its union.',
};
const noSkippedTest = {
  selector:
    'MemberExpression[property.name=/^(skip|only|todo|fails)$/]:matches([object.name=/^(test|it|describe|suite)$/], [object.object.name=/^(test|it|describe|suite)$/])',
  message: 'A test runs or is deleted; what a machine lacks is asked by skipIf with the reason in its name.',
};
const noRetriedTest = {
  selector:
    'CallExpression[callee.name=/^(test|it|describe)$/] > ObjectExpression > Property[key.name="retry"]',
  message: 'A test that needs a second try shows a race: find it.',
};
const noWaitingTest = [
  'ImportDeclaration[source.value=/^(node:)?timers(.promises)?$/]',
  'CallExpression[callee.name=/^(sleep|setTimeout)$/]',
  'CallExpression[callee.object.name="performance"][callee.property.name="now"]',
  'CallExpression[callee.object.name="process"][callee.property.name="hrtime"]',
].map((selector) => ({
  selector,
  message:
    'A test that waits for time to pass fails on a busy machine: pass a clock, call the tick, or poll for the event.',
}));
const noEnvImport = {
  selector: 'ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name="env"]',
  message: noProcessEnv.message,
};

export default defineConfig(
  globalIgnores(['build/', 'dist/', 'client/dist/', '.anvil/', '.cache/', 'coverage/', 'tests/output/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    plugins: { anvil: { rules: { 'disable-needs-reason': disableNeedsReason } } },
    rules: {
      'anvil/disable-needs-reason': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', noEnum, noEnvImport],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        Buffer: 'readonly',
        __dirname: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        module: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        clearInterval: 'readonly',
        setInterval: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-undef': 'off', // TypeScript knows better.
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      // `import { type X }` leaves `import 'module'` behind, and with it the whole module in the browser's bundle.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // How a library's interface is widened: `interface AppLoadContext extends Ours {}`.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      // Remix throws Responses, and an async function without await is how a Promise-returning interface is met.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['app/**/*.{ts,tsx}'],
    extends: [hooks.configs.flat.recommended],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(#server/(?!schemas/)|(\\.\\./)+server/(?!schemas/))',
              allowTypeImports: true,
              message:
                'Vite would bundle a second copy of every server class and pool. Ask through context.trpc; import schemas, or types by `import type`.',
            },
            {
              regex: '^(#db/|(\\.\\./)+db/)',
              message: 'Pages never query the database: ask through context.trpc.',
            },
            {
              group: ['@remix-run/react'],
              importNames: ['useNavigation'],
              message:
                'Remix counts a failed request as pending for ever. Import it from lib/use-navigation.ts.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['server/{services,auth,schemas}/**/*.ts', 'core/**/*.ts', 'db/**/*.ts'],
    ignores: TESTS,
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: FRAMEWORKS,
              message:
                'What the product does must not depend on how it is asked: tRPC, Fastify and Remix end above services.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['server/**/*.ts', 'db/**/*.ts', 'core/**/*.ts'],
    ignores: ['server/cli.ts', ...TESTS],
    rules: { 'no-console': 'error' },
  },
  {
    ignores: ['server/config.ts', 'client/cli.ts', ...TOOLS],
    rules: { 'no-restricted-properties': ['error', noProcessEnv, ...noMock] },
  },
  {
    files: TOOLS,
    rules: { 'no-restricted-properties': ['error', ...noMock] },
  },
  {
    files: TESTS,
    rules: {
      'no-restricted-syntax': ['error', noEnum, noSkippedTest, noRetriedTest],
      // Answers of an API are JSON of unknown shape; a test that reads a wrong field fails by itself.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Faults and deployments are tested on running processes, which have their own clocks.
    files: ['**/*.test.{ts,tsx}'],
    ignores: ['tests/deploy/**', 'tests/faults/**'],
    rules: {
      'no-restricted-syntax': ['error', noEnum, noSkippedTest, noRetriedTest, ...noWaitingTest],
    },
  },
);

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/**
 * Shows that the import rules can fail: small trees that break them are given to the real dependency-cruiser with the
 * real configuration. What is expected is typed by hand from the table in docs/ARCHITECTURE.md, never derived from it.
 */

const root = resolve(import.meta.dirname, '..');

/** One file for each room. */
const ROOMS = {
  core: 'core/address.ts',
  app: 'app/root.tsx',
  client: 'client/sdk.ts',
  db: 'db/tenancy.ts',
  connections: 'db/connections.ts',
  schemas: 'server/schemas/prompt.ts',
  services: 'server/services/prompts.ts',
  delivery: 'server/delivery/cache.ts',
  render: 'server/render/pool.ts',
  auth: 'server/auth/authorize.ts',
  enqueue: 'server/jobs/enqueue.ts',
  tasks: 'server/jobs/tasks/purge.ts',
  jobs: 'server/jobs/runner.ts',
  mail: 'server/mail/transport.ts',
  trpc: 'server/trpc/router.ts',
  rest: 'server/rest/prompts.ts',
  httpEdge: 'server/http/etag.ts',
  http: 'server/http/health.ts',
  telemetry: 'server/telemetry/log.ts',
  errors: 'server/errors.ts',
  limits: 'server/limits.ts',
  config: 'server/config.ts',
  appTs: 'server/app.ts',
  main: 'server/main.ts',
  cli: 'server/cli.ts',
  tests: 'tests/support/factories.ts',
  bench: 'bench/fetch.ts',
  scripts: 'scripts/seed.ts',
} as const;
type Room = keyof typeof ROOMS;

const ALL_OF_SERVER =
  'schemas services delivery render auth enqueue tasks jobs mail trpc rest httpEdge http limits';
const ALL_OF_SERVER_TYPES = `${ALL_OF_SERVER} telemetry errors config appTs main cli`;

/** Which rooms a room may import; `types` are those it may only name in an `import type`. */
const ALLOWED: Partial<Record<Room, { values: string; types?: string }>> = {
  core: { values: '' },
  app: { values: 'core schemas', types: ALL_OF_SERVER_TYPES },
  client: { values: 'core', types: ALL_OF_SERVER_TYPES },
  db: { values: 'connections', types: 'core' },
  connections: { values: 'db', types: 'core' },
  schemas: { values: 'core' },
  services: { values: 'schemas core auth render enqueue db connections errors limits telemetry' },
  delivery: { values: 'httpEdge core schemas auth render connections errors telemetry' },
  render: { values: 'core errors telemetry' },
  auth: { values: 'core schemas db connections errors limits telemetry' },
  enqueue: { values: 'db connections errors telemetry' },
  tasks: { values: 'enqueue jobs services mail db connections errors telemetry' },
  jobs: { values: 'enqueue tasks db connections errors telemetry' },
  mail: { values: 'schemas errors telemetry' },
  trpc: { values: 'services delivery schemas errors limits telemetry', types: 'auth core' },
  rest: { values: 'httpEdge services delivery schemas errors limits telemetry', types: 'auth core' },
  httpEdge: { values: 'core errors telemetry' },
  http: { values: `${ALL_OF_SERVER} telemetry errors core`, types: 'config' },
  telemetry: { values: 'errors' },
  errors: { values: 'core' },
  limits: { values: 'errors' },
  config: { values: 'errors core' },
  appTs: { values: `${ALL_OF_SERVER} telemetry errors config core db connections` },
  main: { values: `${ALL_OF_SERVER} telemetry errors config appTs core db connections` },
  cli: { values: `${ALL_OF_SERVER} telemetry errors config appTs main core db connections` },
};

/** Files that break the rules which aren't about rooms: path → text. */
const BREAKS: Record<string, string> = {
  'server/attic/thing.ts': `import '../errors.ts';`,
  ...Object.fromEntries(
    ['server/services', 'server/auth', 'server/schemas', 'core', 'db'].flatMap((room) =>
      ['@trpc/server', 'fastify', '@remix-run/node'].map((name, n) => [
        `${room}/framework-${n}.ts`,
        `import type {} from '${name}';`,
      ]),
    ),
  ),
  'core/package.ts': `import 'zod';`,
  'core/node.ts': `import 'node:fs';`,
  'server/auth/passwords.ts': `import type {} from 'lucia';`,
  'server/services/imports-a-test.ts': `import './fine.test.ts';`,
  'server/services/fine.test.ts': `import '../cli.ts'; import '#app/root.tsx'; import 'fastify'; import 'vitest';`,
  'core/version.arbitrary.ts': `import 'vitest'; import './fine.ts';`,
  'core/uses-generators.ts': `import './version.arbitrary.ts';`,
  'core/uses-generators.test.ts': `import './version.arbitrary.ts';`,
  'server/services/imports-dev.ts': `import 'vitest';`,
  'server/services/left.ts': `import { b } from './right.ts'; export const a = () => b();`,
  'server/services/right.ts': `import { a } from './left.ts'; export const b = (): unknown => a;`,
  'server/services/lost.ts': `import './nowhere.ts';`,
  'core/fine.ts': `import 'semver'; import './address.ts';`,
  'server/auth/sessions.ts': `import 'lucia';`,
  'server/rest/by-package.ts': `import '@anvil/core/address'; import '#db/tenancy.ts';`,
  'server/services/fine.ts': `import '@anvil/core/address'; import '#db/tenancy.ts';`,
  'server/http/vite-always.ts': `import 'vite';`,
  'server/http/vite.ts': `export const load = () => import('vite');`,
  'app/type-circle.ts': `import type { C } from './type-circle-2.ts'; export type D = C;`,
  'app/type-circle-2.ts': `import type { D } from './type-circle.ts'; export type C = D | 1;`,
};
const PACKAGES = ['fastify', '@trpc/server', '@remix-run/node', 'lucia', 'zod', 'semver'];
const DEV_PACKAGES = ['vitest', 'vite'];

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}
const trees: string[] = [];

async function write(tree: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
}

/** Makes the files with a small world around them, and returns what dependency-cruiser says of them. */
async function violationsIn(files: Record<string, string>): Promise<Violation[]> {
  const tree = await realpath(await mkdtemp(join(tmpdir(), 'anvil-boundaries-')));
  trees.push(tree);
  const versions = (names: string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
  await write(tree, {
    ...files,
    'package.json': JSON.stringify({
      type: 'module',
      imports: { '#app/*': './app/*', '#server/*': './server/*', '#db/*': './db/*' },
      dependencies: { ...versions(PACKAGES), '@anvil/core': '*' },
      devDependencies: versions(DEV_PACKAGES),
    }),
    'core/package.json': JSON.stringify({
      name: '@anvil/core',
      exports: { './*': './*.ts' },
      dependencies: versions(PACKAGES),
    }),
    ...Object.fromEntries(
      [...PACKAGES, ...DEV_PACKAGES].flatMap((name) => [
        [
          `node_modules/${name}/package.json`,
          JSON.stringify({ name, version: '1.0.0', main: 'index.js', license: 'MIT' }),
        ],
        [`node_modules/${name}/index.js`, ''],
      ]),
    ),
  });
  await mkdir(join(tree, 'node_modules/@anvil'), { recursive: true });
  await symlink('../../core', join(tree, 'node_modules/@anvil/core'));
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cruiser, '--config', join(root, '.dependency-cruiser.cjs'), '-T', 'json', '.'],
    { cwd: tree, maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: unknown) => error as { stdout: string });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

/** The room files, each importing every other. `kind` is how. */
function everyRoomImportsEvery(kind: 'import' | 'import type'): Record<string, string> {
  return Object.fromEntries(
    Object.values(ROOMS).map((from) => {
      const others = Object.values(ROOMS).filter((to) => to !== from);
      const lines = others.map((to, n) => {
        const path = relative(dirname(from), to);
        return `${kind} { X as X${n} } from '${path.startsWith('.') ? path : `./${path}`}';`;
      });
      const uses = kind === 'import' ? `export const used = [${others.map((_, n) => `X${n}`).join()}];` : '';
      return [from, [...lines, 'export type X = 1; export const Y = 1;', uses].join('\n')];
    }),
  );
}

let byValue: Violation[];
let byType: Violation[];
let other: Violation[];

beforeAll(async () => {
  byValue = await violationsIn(everyRoomImportsEvery('import'));
  byType = await violationsIn(everyRoomImportsEvery('import type'));
  const plainRooms = Object.fromEntries(Object.values(ROOMS).map((path) => [path, 'export const x = 1;']));
  other = await violationsIn({ ...plainRooms, ...BREAKS });
}, 120_000);

afterAll(async () => {
  for (const tree of trees) await rm(tree, { recursive: true });
});

/** Rooms that `from` must not import, in the eyes of dependency-cruiser. Circles are another rule's business. */
function forbiddenTo(from: Room, violations: Violation[]): string[] {
  const found = violations.filter((v) => v.from === ROOMS[from] && v.rule.name !== 'no-cycles');
  const rooms = Object.entries(ROOMS).filter(([, path]) => found.some((v) => v.to === path));
  return rooms.map(([room]) => room).sort();
}

describe.each(Object.entries(ALLOWED) as [Room, { values: string; types?: string }][])(
  '%s',
  (room, { values, types = '' }) => {
    const others = Object.keys(ROOMS).filter((name) => name !== room);

    test('imports the rooms it may know, and no other', () => {
      const allowed = values.split(' ');
      const forbidden = others.filter((name) => !allowed.includes(name)).sort();
      expect(forbiddenTo(room, byValue)).toEqual(forbidden);
    });

    test('imports types only from where it may', () => {
      const allowed = `${values} ${types}`.split(' ');
      const forbidden = others.filter((name) => !allowed.includes(name)).sort();
      expect(forbiddenTo(room, byType)).toEqual(forbidden);
    });
  },
);

test('tests, benchmarks and scripts may import anything', () => {
  for (const room of ['tests', 'bench', 'scripts'] as const) {
    expect(forbiddenTo(room, byValue)).toEqual([]);
  }
});

describe('the rules that are not about rooms', () => {
  const rulesBrokenBy = (path: string) =>
    [...new Set(other.filter((v) => v.from === path).map((v) => v.rule.name))].sort();

  test.each<readonly [path: string, rule: string]>([
    ['server/attic/thing.ts', 'server-has-no-other-rooms'],
    ...Object.keys(BREAKS)
      .filter((path) => path.includes('framework-'))
      .map((path): [string, string] => [path, 'frameworks-stay-at-the-doors']),
    ['core/package.ts', 'core-imports-four-packages'],
    ['core/node.ts', 'core-imports-four-packages'],
    ['server/auth/passwords.ts', 'lucia-stays-behind-sessions'],
    ['server/services/imports-a-test.ts', 'tests-are-not-imported'],
    ['core/uses-generators.ts', 'generators-are-for-tests'],
    ['server/services/imports-dev.ts', 'shipped-code-has-no-dev-dependency'],
    ['server/http/vite-always.ts', 'shipped-code-has-no-dev-dependency'],
    ['server/services/left.ts', 'no-cycles'],
    ['server/services/lost.ts', 'everything-resolves'],
    ['server/rest/by-package.ts', 'rest-knows-only-its-own'],
    ['server/rest/by-package.ts', 'rest-takes-only-types'],
  ])('%s breaks %s', (path, rule) => {
    expect(rulesBrokenBy(path)).toContain(rule);
  });

  test.each([
    'core/fine.ts',
    'core/version.arbitrary.ts',
    'core/uses-generators.test.ts',
    'server/auth/sessions.ts',
    'server/services/fine.ts',
    'server/services/fine.test.ts',
    'server/http/vite.ts',
    'app/type-circle.ts',
  ])('%s breaks none', (path) => {
    expect(rulesBrokenBy(path)).toEqual([]);
  });
});

test('every rule of the configuration was broken by a tree of this file', () => {
  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
    forbidden: { name: string; comment: string }[];
  };
  const broken = new Set([...byValue, ...byType, ...other].map((v) => v.rule.name));
  expect(forbidden.map((rule) => rule.name).filter((name) => !broken.has(name))).toEqual([]);
  for (const rule of forbidden) expect(rule.comment, rule.name).toMatch(/\w+/);
});

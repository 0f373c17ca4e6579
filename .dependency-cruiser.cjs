/**
 * Who may import whom. One table (`rooms`) says what each room may know; everything else of ours is forbidden to it.
 * The rules come from docs/ARCHITECTURE.md; scripts/check-boundaries.test.ts breaks each of them to show that it holds.
 */

const OURS = '^(app|bench|client|core|db|scripts|server|tests)/';
/** Tests, and the generators of property tests beside them. */
const TEST = '\\.(test|arbitrary)\\.tsx?$';

const CORE = '^core/';
const APP = '^app/';
const CLIENT = '^client/';
const DB = '^db/';
const CONNECTIONS = '^db/(connections|probe|sessions)\\.ts$';
const DB_ERRORS = '^db/errors\\.ts$';
const SERVER = '^server/';
const SCHEMAS = '^server/schemas/';
const SERVICES = '^server/services/';
const DELIVERY = '^server/delivery/';
const RENDER = '^server/render/';
const AUTH = '^server/auth/';
const ENQUEUE = '^server/jobs/enqueue\\.ts$';
const TASKS = '^server/jobs/tasks(\\.ts$|/)';
const JOBS = '^server/jobs/';
const MAIL = '^server/mail/';
const TRPC = '^server/trpc/';
const REST = '^server/rest/';
const HTTP = '^server/http/';
/** The part of http that delivery and REST import. It imports neither of them, so there are no cycles. */
const HTTP_EDGE =
  '^server/http/(accept-encoding|bearer|body-limits|error-handler|error-response|etag|json-body|json-cost|media-types|methods|query)\\.ts$';
const TELEMETRY = '^server/telemetry(\\.ts$|/)';
const ERRORS = '^server/errors\\.ts$';
const LIMITS = '^server/limits\\.ts$';
const CONFIG = '^server/config(\\.ts$|/)';
const APP_TS = '^server/app\\.ts$';
const MAIN = '^server/main(\\.ts$|/)';
const CLI = '^server/cli(\\.ts$|/)';

/** Every room of the server but its doors (cli, main, app) and its configuration. */
const SERVER_ROOMS = [
  AUTH,
  SCHEMAS,
  SERVICES,
  DELIVERY,
  RENDER,
  TRPC,
  REST,
  HTTP,
  MAIL,
  JOBS,
  TELEMETRY,
  ERRORS,
  LIMITS,
];

/**
 * `may`: what the room imports. `types`: what it may besides import by `import type`, which leaves no trace at run time.
 * `except`: a narrower room inside with a row of its own.
 */
const rooms = [
  {
    name: 'core',
    path: CORE,
    may: [CORE],
    why: 'core/ is pure and runs in browsers and in the client too: it knows nothing of ours.',
  },
  {
    name: 'app',
    path: APP,
    may: [APP, CORE, SCHEMAS],
    types: [SERVER],
    why:
      'Pages ask through context.trpc. Vite would bundle a second copy of every server class and pool ' +
      '(`instanceof` is false then). From the server only schemas, and types by `import type`.',
  },
  {
    name: 'client',
    path: CLIENT,
    may: [CLIENT, CORE],
    types: [SERVER],
    why: 'The client is installed without the server: from the server only types, by `import type`.',
  },
  {
    name: 'db',
    path: DB,
    may: [DB],
    types: [CORE],
    why: 'db/ is the bottom of the one-way flow http → trpc | rest → services → db.',
  },
  {
    name: 'schemas',
    path: SCHEMAS,
    may: [SCHEMAS, CORE],
    why: 'Schemas are shared with browsers and forms: pure zod, no server code behind them.',
  },
  {
    name: 'services',
    path: SERVICES,
    may: [SERVICES, SCHEMAS, CORE, AUTH, RENDER, ENQUEUE, DB, ERRORS, LIMITS, TELEMETRY],
    why: 'Services are the product and know no door (http, trpc, rest), no mail and no delivery cache.',
  },
  {
    name: 'delivery',
    path: DELIVERY,
    may: [DELIVERY, HTTP_EDGE, CORE, SCHEMAS, AUTH, RENDER, CONNECTIONS, DB_ERRORS, ERRORS, TELEMETRY],
    why: 'The hot path has its own read-only SQL on its own pool: no models, no tenant transactions, no services.',
  },
  {
    name: 'render',
    path: RENDER,
    may: [RENDER, CORE, ERRORS, TELEMETRY],
    why: 'A render worker gets a template and values, nothing that could leak another organisation.',
  },
  {
    name: 'auth',
    path: AUTH,
    may: [AUTH, CORE, SCHEMAS, DB, ERRORS, LIMITS, TELEMETRY],
    why: 'Who somebody is and what they may do is decided below services and without them.',
  },
  {
    name: 'enqueue',
    path: ENQUEUE,
    may: [ENQUEUE, DB, ERRORS, TELEMETRY],
    why: 'Adding a job is one statement in the transaction of the work. Knowing the tasks would close a circle with services.',
  },
  {
    name: 'tasks',
    path: TASKS,
    may: [JOBS, SERVICES, MAIL, DB, ERRORS, TELEMETRY],
    why: 'A task calls a service or sends a mail; it has no logic and no door of its own.',
  },
  {
    name: 'jobs',
    path: JOBS,
    except: [ENQUEUE, TASKS],
    may: [JOBS, DB, ERRORS, TELEMETRY],
    why: 'The runner and its supervisor know the tasks and the database; what the tasks do is theirs.',
  },
  {
    name: 'mail',
    path: MAIL,
    may: [MAIL, SCHEMAS, ERRORS, TELEMETRY],
    why: 'Mail turns given data into a message and sends it; it looks nothing up.',
  },
  {
    name: 'trpc',
    path: TRPC,
    may: [TRPC, SERVICES, DELIVERY, SCHEMAS, ERRORS, LIMITS, TELEMETRY],
    types: [AUTH, CORE],
    why: 'A procedure calls a service, which authorises. Reaching db/ or render/ from here would go around that.',
  },
  {
    name: 'rest',
    path: REST,
    may: [REST, HTTP_EDGE, SERVICES, DELIVERY, SCHEMAS, ERRORS, LIMITS, TELEMETRY],
    types: [AUTH, CORE],
    why: 'A route calls a service, which authorises. Reaching db/ or render/ from here would go around that; tRPC is a sibling.',
  },
  {
    name: 'http-edge',
    path: HTTP_EDGE,
    may: [HTTP_EDGE, ERRORS, TELEMETRY, CORE],
    why: 'What every interface judges alike is below all of them: a token, a tag, a body, a method, an error. core is pure.',
  },
  {
    name: 'http',
    path: HTTP,
    except: [HTTP_EDGE],
    may: [...SERVER_ROOMS, CORE, DB_ERRORS],
    types: [CONFIG],
    why: 'http/ turns requests into actors and answers; the database is asked by auth, services and delivery. Configured values are passed in.',
  },
  {
    name: 'telemetry',
    path: TELEMETRY,
    may: [TELEMETRY, ERRORS],
    why: 'Everything imports telemetry, so it imports nothing back.',
  },
  {
    name: 'errors',
    path: ERRORS,
    may: [ERRORS, DB_ERRORS, CORE],
    why: 'Everything imports the table of errors, so it imports nothing back. db/errors.ts classifies errors of the database and imports nothing; core is pure.',
  },
  {
    name: 'limits',
    path: LIMITS,
    may: [LIMITS, ERRORS],
    why: 'One table of limits for pages, tRPC and REST; who is counted, and when, is decided by its callers.',
  },
  {
    name: 'config',
    path: CONFIG,
    may: [CONFIG, ERRORS, CORE],
    why: 'The environment is parsed before anything else runs.',
  },
  {
    name: 'app-ts',
    path: APP_TS,
    may: [APP_TS, ...SERVER_ROOMS, CONFIG, CORE, DB],
    why: 'createApp puts the rooms together; the process (main, cli) is above it.',
  },
  {
    name: 'main',
    path: MAIN,
    may: [MAIN, APP_TS, ...SERVER_ROOMS, CONFIG, CORE, DB],
    why: 'The process opens and closes everything of server/ and db/. The pages come in by their build.',
  },
  {
    name: 'cli',
    path: CLI,
    may: [SERVER, CORE, DB],
    why: 'The command knows the server and the database. The pages come in by their build.',
  },
];

const FRAMEWORKS = '(^|node_modules/)(@trpc/server|fastify|@remix-run/[^/]+)(/|$)';
const CORE_PACKAGES = 'node_modules/(liquidjs|semver|canonicalize|@noble/hashes|@types/semver)/';

/** A room's rules: one for values, one that names what even a type may not come from. */
function rulesOf({ name, path, except = [], may, types = [], why }) {
  const from = { path, pathNot: [TEST, ...except] };
  const rule = (suffix, to) => ({ name: `${name}${suffix}`, severity: 'error', comment: why, from, to });
  if (types.length === 0) return [rule('-knows-only-its-own', { path: OURS, pathNot: may })];
  return [
    rule('-knows-only-its-own', { path: OURS, pathNot: [...may, ...types] }),
    rule('-takes-only-types', {
      path: types,
      pathNot: may,
      dependencyTypesNot: ['type-only'],
    }),
  ];
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...rooms.flatMap(rulesOf),
    {
      name: 'server-has-no-other-rooms',
      severity: 'error',
      comment:
        'Each file of server/ belongs to a room with rules. A new room needs its row here and in docs/ARCHITECTURE.md.',
      from: { path: SERVER, pathNot: [TEST, ...SERVER_ROOMS, CONFIG, APP_TS, MAIN, CLI] },
      to: {},
    },
    {
      name: 'frameworks-stay-at-the-doors',
      severity: 'error',
      comment:
        'What the product does must not depend on how it is asked: tRPC, Fastify and Remix end above services.',
      from: { path: [SERVICES, AUTH, SCHEMAS, CORE, DB], pathNot: TEST },
      to: { path: FRAMEWORKS },
    },
    {
      name: 'core-imports-four-packages',
      severity: 'error',
      comment:
        'core/ runs in browsers: liquidjs, semver, canonicalize and @noble/hashes, no other package, nothing of Node.',
      from: { path: CORE, pathNot: TEST },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown', 'core'],
        pathNot: CORE_PACKAGES,
      },
    },
    {
      name: 'lucia-stays-behind-sessions',
      severity: 'error',
      comment:
        'Lucia is at its end upstream. server/auth/sessions.ts is the one file to change when it goes.',
      from: { path: '^(app|client|core|db|server)/', pathNot: [TEST, '^server/auth/sessions\\.ts$'] },
      to: { path: '(^|node_modules/)lucia(/|$)' },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      comment: 'A test file runs its tests when imported; what tests share lives in tests/support.',
      from: {},
      to: { path: '\\.test\\.tsx?$' },
    },
    {
      name: 'generators-are-for-tests',
      severity: 'error',
      comment:
        'Generators of property tests bring fast-check with them, which is not installed where Anvil runs.',
      from: { pathNot: [TEST, '^(tests|bench)/'] },
      to: { path: '\\.arbitrary\\.tsx?$' },
    },
    {
      name: 'shipped-code-has-no-dev-dependency',
      severity: 'error',
      comment:
        'Images install without dev dependencies. What is needed in development alone is loaded by `import()` there; app/routes.ts runs at build time.',
      from: { path: '^(app|client|core|db|server)/', pathNot: [TEST, '^app/routes\\.ts$'] },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg'],
        dependencyTypesNot: ['type-only'],
        dynamic: false,
        pathNot: 'node_modules/@types/[^/]+/',
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'Two files in a circle can only be read, tested and loaded together. (Types in a circle are fine.)',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      comment: 'An import that leads nowhere escapes every rule above.',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^virtual:', '^(\\.\\./)*build/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(build|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};

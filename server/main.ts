import type { FastifyInstance } from 'fastify';
import { basename, resolve } from 'node:path';
import type { Logger } from 'pino';
import { copyBeforeMigration } from '#db/archive/file.ts';
import { connect, type Database } from '#db/connections.ts';
import { EmbeddedDatabaseError } from '#db/embedded/errors.ts';
import { runningEmbeddedUrl } from '#db/embedded/running.ts';
import { startEmbedded, type EmbeddedDatabase } from '#db/embedded/start.ts';
import { migrate, migrationStatus } from '#db/migrate.ts';
import { inspectDatabase } from '#db/preflight.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createApp } from './app.ts';
import { ANONYMOUS } from './auth/actor.ts';
import { createPasswordHasher } from './auth/passwords.ts';
import { deriveSecretKeys } from './auth/secret-keys.ts';
import { createSharedAttempts } from './auth/shared-attempts.ts';
import { isLoopback, type Config } from './config.ts';
import { createDelivery } from './delivery/delivery.ts';
import { silenceOf } from './delivery/freshness.ts';
import { builtPages } from './http/built-pages.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { createShutdown } from './http/shutdown.ts';
import { vitePages } from './http/vite.ts';
import { JOB_CONNECTIONS, startJobs } from './jobs/jobs.ts';
import { createTasks } from './jobs/tasks.ts';
import { createSharedLimits } from './limits.ts';
import { createInbox, type Inbox } from './mail/inbox.ts';
import type { Mailer } from './mail/mailer.ts';
import { createTransport } from './mail/transport.ts';
import { createRenderer } from './render/renderer.ts';
import { getRegistration } from './services/accounts.ts';
import type { Deps } from './services/context.ts';
import { startHousekeeping } from './services/housekeeping.ts';
import { observeDatabase } from './services/observed.ts';
import { createAuditNotes } from './services/repeated-entries.ts';
import { createLogger } from './telemetry/logger.ts';
import type { Meters } from './telemetry/meters.ts';
import { startWatch, type Watch } from './telemetry/watch.ts';

/** Beside POOL_SIZE: four of the delivery pool, the listener and the jobs. */
const CONNECTIONS_BESIDE_POOL = 5 + JOB_CONNECTIONS;

/** Anvil can't start here. The message says what is so and what to do; show it as it is. */
export class StartError extends Error {
  override name = 'StartError';
}

/** build/ of the bundle that runs, or of the sources. */
const HERE = import.meta.dirname;
const IS_BUNDLE = basename(HERE) === 'build';

/**
 * The process: database → migrations → app → listen. It ends by a signal, in order.
 *
 * @param print for people at a terminal
 * @throws ConfigError, EmbeddedDatabaseError, MissingRoleError, StartError: their messages are for people
 */
export async function startServer(config: Config, print: (line: string) => void): Promise<void> {
  const watch = await openWatch(config);
  const log = createLogger(config.logLevel, undefined, watch.errorReports?.report);
  const { database, embedded, directUrl } = await openDatabase(config, log, print);
  const { apiKeysEnabled, keyCacheMaxSeconds } = config;
  const lifecycle: Lifecycle = { phase: 'starting' };
  const delivery = createDelivery({ database, apiKeysEnabled, keyCacheMaxSeconds, now: () => new Date() });
  watch.meters?.observe({
    ...observeDatabase(database),
    unverifiedSeconds: silenceOf(delivery.freshness, () => Date.now()),
  });
  const { mailer, inbox } = openMail(config, watch.meters);
  const mailEnabled = mailer !== undefined;
  const deps = makeDeps(
    { ...config, mailEnabled },
    database,
    (event) => delivery.onEvent(event),
    log,
    watch.meters,
  );
  const app = await createApp(deps, {
    lifecycle,
    logger: log,
    delivery,
    version: packageJson.version,
    trustedProxies: config.trustedProxies,
    pages:
      config.mode === 'development' ? vitePages : builtPages(IS_BUNDLE ? HERE : resolve(HERE, '../build')),
    devPages: config.devPages,
    inbox,
    watch,
  });
  const listener = delivery.listen((error) => log.warn({ err: error }, 'the listener lost the database'));
  const housekeeping = startHousekeeping(deps, (error) => log.warn({ err: error }, 'housekeeping failed'));
  const jobs = startJobs({
    directUrl,
    tasks: createTasks({ ...deps, mailer }),
    onError: (error, what) => log.warn({ err: error }, what),
  });
  const shutdown = createShutdown({
    lifecycle,
    log,
    drainSeconds: config.drainSeconds,
    closers: [
      () => app.close(),
      () => housekeeping.stop(),
      () => listener.stop(),
      () => jobs.stop(),
      () => Promise.resolve(mailer?.close()),
      () => deps.renderer.close(),
      () => database.close(),
      () => embedded?.stop() ?? Promise.resolve(),
      () => watch.close(),
    ],
    exit: (code) => process.exit(code),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shutdown(signal));
  void embedded?.exited.then(() => {
    if (lifecycle.phase === 'draining') return;
    log.fatal('the embedded database stopped by itself; see postgres.log in its folder');
    process.exit(1);
  });

  await listen(app, config);
  lifecycle.phase = 'ready';
  await welcome(config, deps, log, print);
}

/** Where the database is. The embedded one is started for it unless it runs, and what was started has to be stopped. */
export async function databaseUrls(
  { database, dataDir }: Config,
  print: (line: string) => void,
): Promise<DatabaseUrls> {
  if (database.kind === 'url') return { ...database, embedded: undefined };
  const folder = resolve(dataDir, 'database');
  try {
    const embedded = await startEmbedded({ dataDir: folder, log: print });
    return { url: embedded.url, directUrl: embedded.url, embedded };
  } catch (error) {
    if (!(error instanceof EmbeddedDatabaseError) || error.reason !== 'already_running') throw error;
    // A command beside a running Anvil.
    const url = await runningEmbeddedUrl(folder);
    if (!url) throw error;
    return { url, directUrl: url, embedded: undefined };
  }
}

/**
 * Brings the schema up to this release. On the embedded database, which nobody else backs up, a copy of what is there
 * is made first.
 *
 * @returns the names of the migrations that were run
 */
export async function migrateSafely(
  config: Config,
  url: string,
  print: (line: string) => void,
): Promise<string[]> {
  const { done, pending } = await migrationStatus({ url });
  if (done.length > 0 && pending[0]) await copyEmbedded(config, url, pending[0], print);
  return migrate({ url });
}

/** Copies the embedded database into `copies` of the data folder, where the newest three are kept. */
export async function copyEmbedded(
  { database, dataDir }: Config,
  url: string,
  before: string,
  print: (line: string) => void,
): Promise<void> {
  if (database.kind !== 'embedded') return;
  const folder = resolve(dataDir, 'copies');
  const { version: release } = packageJson;
  const file = await copyBeforeMigration({ url, release, folder, before, now: new Date() });
  print(`Copied the database to ${file}`);
}

interface DatabaseUrls {
  url: string;
  directUrl: string;
  embedded: EmbeddedDatabase | undefined;
}

interface OpenDatabase {
  database: Database;
  directUrl: string;
  embedded: EmbeddedDatabase | undefined;
}

async function openDatabase(
  config: Config,
  log: Logger,
  print: (line: string) => void,
): Promise<OpenDatabase> {
  const embedded =
    config.database.kind === 'embedded'
      ? await startEmbedded({ dataDir: resolve(config.dataDir, 'database'), log: print })
      : undefined;
  const url = config.database.kind === 'url' ? config.database.url : (embedded?.url ?? '');
  const directUrl = config.database.kind === 'url' ? config.database.directUrl : url;
  try {
    await refuseUnsafe(config, directUrl);
    const names = await migrateSafely(config, directUrl, print);
    if (names.length > 0) log.info({ migrations: names }, 'migrated');
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  const database = connect({
    url,
    directUrl,
    poolSize: config.poolSize,
    onError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  return { database, embedded, directUrl };
}

async function refuseUnsafe(config: Config, url: string): Promise<void> {
  const { unsafeRoles, connectionsAvailable } = await inspectDatabase(url);
  if (config.mode === 'production' && unsafeRoles.length > 0) {
    throw new StartError(
      `The database role ${unsafeRoles.join(', ')} is a superuser or passes row security, which keeps organisations ` +
        'apart. Use a plain role that owns the database: create role anvil login password …; alter database … owner to anvil.',
    );
  }
  const needed = config.poolSize + CONNECTIONS_BESIDE_POOL;
  if (needed > connectionsAvailable) {
    throw new StartError(
      `This server takes ${needed} database connections (POOL_SIZE ${config.poolSize} and ${CONNECTIONS_BESIDE_POOL} ` +
        `more), and the database gives ${connectionsAvailable}. Lower POOL_SIZE or raise max_connections.`,
    );
  }
}

/** Where mails go; in development without a transport to an inbox of its own, which `/dev/mail` shows. */
/** @throws StartError when the port for metrics is taken */
async function openWatch({ metricsPort, host, otlpEndpoint, sentryDsn }: Config): Promise<Watch> {
  const metrics = metricsPort === undefined ? undefined : { host, port: metricsPort };
  return startWatch({ metrics, otlpEndpoint, sentryDsn, version: packageJson.version }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      throw new StartError(
        `METRICS_PORT ${metricsPort} is taken by another program. Set it to another number.`,
      );
    },
  );
}

function openMail(
  { mail, devPages }: Config,
  meters: Meters | undefined,
): { mailer: Mailer | undefined; inbox: Inbox | undefined } {
  if (mail) {
    const input = mail.kind === 'smtp' ? { ...mail, local: isLoopback(mail.host) } : mail;
    const mailer = createTransport(input);
    return { mailer: meters ? counted(mailer, meters) : mailer, inbox: undefined };
  }
  const inbox = devPages ? createInbox(() => new Date()) : undefined;
  return { mailer: inbox, inbox };
}

function counted(mailer: Mailer, meters: Meters): Mailer {
  return {
    send: async (message) => {
      await mailer.send(message).catch((error: unknown) => {
        meters.mailed('failed');
        throw error;
      });
      meters.mailed('sent');
    },
    close: () => mailer.close(),
  };
}

function makeDeps(
  config: Config & { mailEnabled: boolean },
  database: Database,
  onEvent: Deps['onEvent'],
  log: Logger,
  meters: Meters | undefined,
): Deps {
  const workerUrl = new URL(IS_BUNDLE ? './render-worker.mjs' : './render/worker.ts', import.meta.url);
  const { secretKeyBase, sessionSigningSalt, sessionEncryptionSalt, baseUrl } = config;
  return {
    database,
    onEvent,
    renderer: createRenderer({
      workerUrl,
      onWorkerLost: (reason) => log.warn({ reason }, 'a render worker was lost'),
      onRendered: meters?.rendered,
    }),
    passwordHasher: createPasswordHasher(),
    secretKeys: deriveSecretKeys({
      ...{ secretKeyBase, sessionSigningSalt, sessionEncryptionSalt },
      previous: config.secretKeyBasePrevious,
    }),
    limits: createSharedLimits(createSharedAttempts(database)),
    auditNotes: createAuditNotes({ database }),
    settings: {
      baseUrl,
      registrationsEnabled: config.registrationsEnabled,
      apiKeysEnabled: config.apiKeysEnabled,
      mailEnabled: config.mailEnabled,
      magicLinksEnabled: config.magicLinksEnabled && config.mailEnabled,
      setUpCodeRequired: !isLoopback(new URL(baseUrl).hostname),
    },
    now: () => new Date(),
  };
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A machine without IPv6.
    if (host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      await app.listen({ host: '0.0.0.0', port });
      return;
    }
    if (code === 'EADDRINUSE') {
      throw new StartError(
        `Port ${port} is taken by another program. Stop it, or set PORT to another number.`,
      );
    }
    if (code === 'EACCES') throw new StartError(`Port ${port} may not be used. Set PORT to one above 1023.`);
    throw error;
  }
}

/** Says where it is, where the data lie and what to do first. */
async function welcome(
  config: Config,
  deps: Deps,
  log: Logger,
  print: (line: string) => void,
): Promise<void> {
  const context = { ...deps, actor: ANONYMOUS, requestId: 'start', ip: '127.0.0.1' };
  const { needs_set_up_code: needsCode, open } = await getRegistration(context);
  const isLocal = config.database.kind === 'embedded';
  print('');
  print(`Anvil is here:       ${config.baseUrl}`);
  print(`The data lie in:     ${isLocal ? resolve(config.dataDir) : 'the database of DATABASE_URL'}`);
  if (needsCode) print(`The set-up code:     ${deps.secretKeys.setUpCode()} (the first account needs it)`);
  if (open) print(`What to do first:    open ${config.baseUrl}/register and make your account`);
  print('');
  log.info({ url: config.baseUrl, port: config.port, version: packageJson.version }, 'ready');
}

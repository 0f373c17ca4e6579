import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { ANONYMOUS } from './auth/actor.ts';
import { servedHosts, type Config } from './config.ts';
import { createDelivery } from './delivery/delivery.ts';
import { secondsDisconnected } from './delivery/freshness.ts';
import { startListener } from './delivery/listener.ts';
import { createDeliverySource } from './delivery/source.ts';
import { builtPages } from './http/built-pages.ts';
import { closeServer } from './http/close-server.ts';
import { createEarlyServer } from './http/early-server.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { createShutdown } from './http/shutdown.ts';
import { startingApp } from './http/starting.ts';
import { vitePages } from './http/vite.ts';
import { startJobs } from './jobs/jobs.ts';
import { createTasks } from './jobs/tasks.ts';
import { openDatabase } from './main/database.ts';
import { makeDeps } from './main/deps.ts';
import { listen } from './main/listen.ts';
import { logMailFailure } from './main/log-mail-failure.ts';
import { openMail } from './main/mail.ts';
import { MailError } from './mail/mailer.ts';
import { RELEASE } from './main/release.ts';
import { assertBuilt } from './main/start-error.ts';
import { stopJobs } from './main/stop-jobs.ts';
import { openWatch } from './main/watch.ts';
import { getRegistration } from './services/accounts.ts';
import type { Deps } from './services/context.ts';
import { startHousekeeping } from './services/housekeeping.ts';
import { observeDatabase } from './services/observed.ts';
import { createLogger } from './telemetry/logger.ts';

/** build/ of the bundle that runs, or of the sources. */
const HERE = import.meta.dirname;
const IS_BUNDLE = basename(HERE) === 'build';
const BUILD = IS_BUNDLE ? HERE : resolve(HERE, '../build');
const RENDER_WORKER = new URL(IS_BUNDLE ? './render-worker.mjs' : './render/worker.ts', import.meta.url);
/** Of the pages, what every build has. */
const PAGES = [join(BUILD, 'remix/index.js'), join(BUILD, 'client')];

/**
 * Runs the process: listen → database → migrations → application. It ends by a signal, in the reverse order.
 *
 * @param print for people at a terminal
 * @throws ConfigError, EmbeddedDatabaseError, MissingRoleError, MigrationLockError, StartError: their messages are for people
 */
export async function startServer(config: Config, print: (line: string) => void): Promise<void> {
  assertBuilt([fileURLToPath(RENDER_WORKER), ...(config.mode === 'development' ? [] : PAGES)]);
  const watch = await openWatch(config);
  const log = createLogger(config.logLevel, undefined, watch.errorReports?.report);
  const lifecycle: Lifecycle = { phase: 'starting' };
  /** In the order of closing: the first that was opened is the last. */
  const closers: (() => Promise<unknown>)[] = [() => watch.close()];
  const shutdown = createShutdown({
    ...{ lifecycle, log, closers },
    drainSeconds: config.drainSeconds,
    exit: (code) => process.exit(code),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shutdown(signal));

  const earlyServer = createEarlyServer();
  const { attach } = earlyServer;
  const secure = config.baseUrl.startsWith('https:');
  await startingApp({ lifecycle, logger: log, release: RELEASE, secure, attach });
  earlyServer.open();
  await listen(earlyServer.server, config);

  const { database, embedded, directUrl } = await openDatabase(config, {
    ...{ log, print, lifecycle },
    onOutcomeUnknown: () => delivery.revalidateAll(),
  });
  closers.unshift(
    () => database.close(),
    async () => embedded?.stop(),
  );
  const { apiKeysEnabled, keyCacheMaxSeconds } = config;
  const source = createDeliverySource(database.delivery, database.deliveryProbe);
  const delivery = createDelivery({ source, apiKeysEnabled, keyCacheMaxSeconds, now: () => new Date() });
  watch.meters?.observe({
    ...observeDatabase(database),
    unverifiedSeconds: secondsDisconnected(delivery.freshness, Date.now),
  });
  const { mailer, transport, inbox } = await openMail(config, watch.meters);
  const deps = makeDeps({
    ...{ config, database, log, meters: watch.meters },
    mailEnabled: mailer !== undefined,
    workerUrl: RENDER_WORKER,
    onEvent: (event) => delivery.onEvent(event),
  });
  const app = await createApp(deps, {
    ...{ lifecycle, release: RELEASE, attach, delivery, inbox, watch },
    mailProblem: transport && (() => transport.problem()),
    logger: log,
    clientAddress: config,
    servesHost: servedHosts(config),
    pages: config.mode === 'development' ? vitePages : builtPages(BUILD),
    devPages: config.devPages,
  });
  const listener = startListener({
    url: database.directUrl,
    freshness: delivery.freshness,
    onEvent: delivery.onEvent,
    onError: (error) => log.warn({ err: error }, 'the listener lost the database'),
    now: Date.now,
  });
  const housekeeping = startHousekeeping(deps, (error) => log.warn({ err: error }, 'housekeeping failed'));
  const jobs = startJobs({
    directUrl,
    tasks: createTasks({ ...deps, mailer, onMailFailure: (failure) => logMailFailure(log, failure) }),
    onError: (error, what) => {
      if (!(error instanceof MailError)) log.warn({ err: error }, what);
    },
  });
  database.directProbe.onOutage(() => jobs.dropConnections());
  for (const probe of [database.servicesProbe, database.deliveryProbe, database.directProbe]) probe.start();
  closers.unshift(
    // Fastify doesn't close a server that it didn't open.
    () => closeServer(earlyServer.server, () => Promise.all([earlyServer.close(), app.close()])),
    () => housekeeping.stop(),
    () => listener.stop(),
    () => stopJobs(jobs, mailer),
    () => deps.renderer.close(),
  );

  await app.ready();
  if (lifecycle.phase !== 'starting') return;
  earlyServer.open();
  lifecycle.phase = 'ready';
  await welcome(config, deps, log, print);
}

/** Prints the address, where the data is stored and what to do first. */
async function welcome(
  config: Config,
  deps: Deps,
  log: Logger,
  print: (line: string) => void,
): Promise<void> {
  const context = { ...deps, actor: ANONYMOUS, requestId: 'start', ip: '127.0.0.1' };
  // The database may be lost again at this moment. The server runs nevertheless.
  const registration = await getRegistration(context).catch((error: unknown) => {
    log.warn({ err: error }, 'could not find out whether accounts exist');
    return undefined;
  });
  const isLocal = config.database.kind === 'embedded';
  print('');
  print(`Anvil is here:       ${config.baseUrl}`);
  print(`The data lie in:     ${isLocal ? resolve(config.dataDir) : 'the database of DATABASE_URL'}`);
  if (registration?.needs_set_up_code)
    print(`The set-up code:     ${deps.secretKeys.setUpCode()} (the first account needs it)`);
  if (registration?.open) print(`What to do first:    open ${config.baseUrl}/register and make your account`);
  print('');
  log.info({ url: config.baseUrl, port: config.port, ...RELEASE }, 'ready');
}

import { basename, resolve } from 'node:path';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { createApp } from './app.ts';
import { ANONYMOUS } from './auth/actor.ts';
import { servedHosts, type Config } from './config.ts';
import { createDelivery } from './delivery/delivery.ts';
import { secondsDisconnected } from './delivery/freshness.ts';
import { startListener } from './delivery/listener.ts';
import { createDeliverySource } from './delivery/source.ts';
import { builtPages } from './http/built-pages.ts';
import { closeServer } from './http/close-server.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { createShutdown } from './http/shutdown.ts';
import { vitePages } from './http/vite.ts';
import { startJobs } from './jobs/jobs.ts';
import { createTasks } from './jobs/tasks.ts';
import { openDatabase } from './main/database.ts';
import { makeDeps } from './main/deps.ts';
import { listen } from './main/listen.ts';
import { openMail } from './main/mail.ts';
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

/**
 * The process: database → migrations → app → listen. It ends by a signal, in order.
 *
 * @param print for people at a terminal
 * @throws ConfigError, EmbeddedDatabaseError, MissingRoleError, StartError: their messages are for people
 */
export async function startServer(config: Config, print: (line: string) => void): Promise<void> {
  const watch = await openWatch(config);
  const log = createLogger(config.logLevel, undefined, watch.errorReports?.report);
  const { database, embedded, directUrl } = await openDatabase(config, log, print, () =>
    delivery.revalidateAll(),
  );
  const { apiKeysEnabled, keyCacheMaxSeconds } = config;
  const lifecycle: Lifecycle = { phase: 'starting' };
  const source = createDeliverySource(database.delivery, database.deliveryProbe);
  const delivery = createDelivery({ source, apiKeysEnabled, keyCacheMaxSeconds, now: () => new Date() });
  watch.meters?.observe({
    ...observeDatabase(database),
    unverifiedSeconds: secondsDisconnected(delivery.freshness, Date.now),
  });
  const { mailer, inbox } = await openMail(config, watch.meters);
  const deps = makeDeps({
    ...{ config, database, log, meters: watch.meters },
    mailEnabled: mailer !== undefined,
    workerUrl: RENDER_WORKER,
    onEvent: (event) => delivery.onEvent(event),
  });
  const app = await createApp(deps, {
    lifecycle,
    logger: log,
    delivery,
    version: packageJson.version,
    trustedProxies: config.trustedProxies,
    servesHost: servedHosts(config),
    pages: config.mode === 'development' ? vitePages : builtPages(BUILD),
    devPages: config.devPages,
    inbox,
    watch,
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
    tasks: createTasks({ ...deps, mailer }),
    onError: (error, what) => log.warn({ err: error }, what),
  });
  database.directProbe.onOutage(() => jobs.dropConnections());
  for (const probe of [database.servicesProbe, database.deliveryProbe, database.directProbe]) probe.start();
  const shutdown = createShutdown({
    lifecycle,
    log,
    drainSeconds: config.drainSeconds,
    closers: [
      () => closeServer(app),
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

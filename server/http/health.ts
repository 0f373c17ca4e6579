import type { FastifyInstance } from 'fastify';
import { FAILURES } from '#db/errors.ts';
import type { Lifecycle } from './lifecycle.ts';

/** How long the result of a probe is current. */
const PROBE_FRESH_MS = 1_000;

/** The part of `Database` (db/connections.ts) that health checks ask. */
export interface HealthDatabase {
  /** Of the pool that pages and writes use. */
  servicesProbe: HealthProbe;
  isDiskFull(): boolean;
}

interface HealthProbe {
  readonly isReachable: boolean;
  readonly failure: string | undefined;
  check(): Promise<void>;
}

/** Probes ask often, and under any name: by address, or by the name of a service. */
const PROBE = { logLevel: 'warn', config: { anyHost: true, allowsAnonymous: true, query: 'any' } } as const;

export interface HealthOptions {
  lifecycle: Lifecycle;
  /** Shown to people and scripts. */
  release: { version: string; commit: string };
  database: HealthDatabase;
  /** Whether what the delivery cache holds is verified. */
  isCacheVerified: () => boolean;
  /** Returns the problem of the mail transport, if it has one. Left out if Anvil sends no mail. */
  mailProblem?: (() => string | undefined) | undefined;
}

/**
 * `/live`: the process runs. `/ready`: the process takes traffic. That is so without the database too, because known
 * prompts are answered from memory. `/health`: what works, for people, balancers and alerts. Its `database` part asks for
 * the pool that pages and writes use. A pool whose connections are all in use doesn't count as an outage. The `mail` part
 * never changes the status, because a balancer must not turn away from a server for it.
 */
export function healthRoutes(app: FastifyInstance, options: HealthOptions): void {
  const { lifecycle, release, database, isCacheVerified, mailProblem } = options;
  const probed = createFreshProbe(database.servicesProbe);

  app.get('/live', PROBE, (_request, reply) => reply.send({ status: 'ok' }));

  app.get('/ready', PROBE, async (_request, reply) => {
    if (lifecycle.phase !== 'ready') {
      const { phase, waitingFor } = lifecycle;
      return reply.code(503).header('retry-after', '5').send({ status: phase, waiting_for: waitingFor });
    }
    return { status: 'ready', degraded: !(await probed()).isReachable };
  });

  app.get<{ Querystring: { only?: string } }>('/health', PROBE, async (request, reply) => {
    const { isReachable, failure } = await probed();
    const problem = isReachable && database.isDiskFull() ? FAILURES.disk_full.message : failure;
    const parts = {
      app: lifecycle.phase === 'ready' ? 'ok' : 'error',
      database: problem === undefined ? 'ok' : 'error',
      cache: isCacheVerified() ? 'ok' : 'error',
    };
    const mail = mailPartOf(mailProblem);
    const { only } = request.query;
    if (only === 'mail') return reply.send({ status: 'ok', ...mail, ...release });
    if (only !== undefined && !Object.hasOwn(parts, only)) {
      return reply.code(404).send({ status: 'error', message: 'only is one of app, database, cache, mail' });
    }
    const asked = Object.fromEntries(
      Object.entries(parts).filter(([part]) => only === undefined || part === only),
    );
    const works = Object.values(asked).every((part) => part === 'ok');
    const why = 'database' in asked && problem !== undefined ? { database_problem: problem } : {};
    if (!works) reply.code(503).header('retry-after', '5');
    const more = only === undefined ? mail : {};
    return reply.send({ status: works ? 'ok' : 'error', ...asked, ...why, ...more, ...release });
  });
}

function mailPartOf(mailProblem: HealthOptions['mailProblem']): Record<string, string> {
  if (!mailProblem) return { mail: 'off' };
  const problem = mailProblem();
  return problem === undefined ? { mail: 'ok' } : { mail: 'error', mail_problem: problem };
}

/** Probes at most once a second, regardless of how often it is asked. */
function createFreshProbe(probe: HealthProbe): () => Promise<HealthProbe> {
  let probedAt = -Infinity;
  let last: Promise<void> | undefined;
  return async () => {
    if (performance.now() - probedAt >= PROBE_FRESH_MS) {
      probedAt = performance.now();
      last = probe.check();
    }
    await last;
    return probe;
  };
}

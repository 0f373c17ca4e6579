import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from './lifecycle.ts';

/** How long a check may take before it counts as failed, and how long its answer is taken for granted. */
const CHECK_TIMEOUT_MS = 2_000;
const CHECK_FRESH_MS = 1_000;

export interface HealthOptions {
  lifecycle: Lifecycle;
  version: string;
  /** Rejects when the database does not answer. */
  checkDatabase: () => Promise<unknown>;
  /** Whether what the delivery cache holds is verified. */
  isCacheVerified: () => boolean;
}

/**
 * `/live`: the process alone. `/ready`: may traffic come? The database away is still yes, since what was fetched
 * before goes on being answered. `/health`: what works, for people, balancers and alerts.
 */
export function healthRoutes(app: FastifyInstance, options: HealthOptions): void {
  const { lifecycle, version, isCacheVerified } = options;
  const databaseWorks = remembered(options.checkDatabase);

  app.get('/live', { logLevel: 'warn' }, (_request, reply) => reply.send({ status: 'ok' }));

  app.get('/ready', { logLevel: 'warn' }, async (_request, reply) => {
    if (lifecycle.phase !== 'ready') {
      return reply.code(503).header('retry-after', '5').send({ status: lifecycle.phase });
    }
    return { status: 'ready', degraded: !(await databaseWorks()) };
  });

  app.get<{ Querystring: { only?: string } }>('/health', { logLevel: 'warn' }, async (request, reply) => {
    const parts = {
      app: lifecycle.phase === 'ready' ? 'ok' : 'error',
      database: (await databaseWorks()) ? 'ok' : 'error',
      cache: isCacheVerified() ? 'ok' : 'error',
    };
    const { only } = request.query;
    if (only !== undefined && !Object.hasOwn(parts, only)) {
      return reply.code(404).send({ status: 'error', message: 'only is one of app, database, cache' });
    }
    const asked = Object.fromEntries(
      Object.entries(parts).filter(([part]) => only === undefined || part === only),
    );
    const works = Object.values(asked).every((part) => part === 'ok');
    return reply.code(works ? 200 : 503).send({ status: works ? 'ok' : 'error', ...asked, version });
  });
}

/** One check at a time, however many ask, with a limit of its own. */
function remembered(check: () => Promise<unknown>): () => Promise<boolean> {
  let checkedAt = -Infinity;
  let answer: Promise<boolean> = Promise.resolve(false);
  return () => {
    if (performance.now() - checkedAt < CHECK_FRESH_MS) return answer;
    checkedAt = performance.now();
    answer = withinTime(check()).then(
      () => true,
      () => false,
    );
    return answer;
  };
}

async function withinTime(work: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

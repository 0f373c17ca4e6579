import type { AppError } from '../errors.ts';
import type { TrpcContext } from './context.ts';
import { appErrorOf } from './errors.ts';
import { accounts } from './routers/accounts.ts';
import { apiKeys } from './routers/api-keys.ts';
import { labels } from './routers/labels.ts';
import { organisations } from './routers/organisations.ts';
import { projects } from './routers/projects.ts';
import { promptSets } from './routers/prompt-sets.ts';
import { prompts } from './routers/prompts.ts';
import { versions } from './routers/versions.ts';
import { createCallerFactory, router, type ProcedureMeta } from './trpc.ts';

/** All that can be called, by noun. Each procedure is one line: a schema and a service. */
export const appRouter = router({
  accounts,
  apiKeys,
  labels,
  organisations,
  projects,
  promptSets,
  prompts,
  versions,
});

export type AppRouter = typeof appRouter;

/** The facts about a procedure that the HTTP edge needs before it reads the body. */
export interface ProcedureInfo extends ProcedureMeta {
  type: 'query' | 'mutation' | 'subscription';
}

/** @returns the procedure of that path, such as `labels.move`, or `undefined` */
export function findProcedure(path: string): ProcedureInfo | undefined {
  const { procedures } = appRouter._def as unknown as {
    procedures: Record<string, { _def: { type: ProcedureInfo['type']; meta?: ProcedureMeta } }>;
  };
  if (!Object.hasOwn(procedures, path)) return undefined;
  const { type, meta } = procedures[path]?._def ?? {};
  return type && { ...meta, type };
}

const callerOf = createCallerFactory(appRouter);

/**
 * The router as functions, for pages in this process. tRPC's error formatter does not run here: a call rejects with
 * the AppError itself.
 *
 * @param tell called with what a call rejects with
 */
export function createCaller(context: TrpcContext, tell?: (error: AppError) => void) {
  return callerOf(context, {
    onError: ({ error: reported }) => {
      const error = appErrorOf(reported);
      tell?.(error);
      throw error;
    },
  });
}

export type AppCaller = ReturnType<typeof createCaller>;

import { initTRPC } from '@trpc/server';
import { z } from 'zod';
import { unauthenticated } from '../errors.ts';
import { noteDenial } from '../services/audit.ts';
import { appErrorOf, errorShape, trpcErrorOf } from './errors.ts';
import type { TrpcContext } from './context.ts';

/** The facts about a procedure that the HTTP edge needs before it reads the body of a call. */
export interface ProcedureMeta {
  /** Needs no session and no API key. */
  allowsAnonymous?: true;
  /** Its input holds whole prompts, so its body may be larger than others. */
  takesPrompts?: true;
}

const t = initTRPC
  .context<TrpcContext>()
  .meta<ProcedureMeta>()
  .create({
    isServer: true,
    errorFormatter: ({ shape, error, ctx }) =>
      errorShape(appErrorOf(error), ctx?.requestId ?? null, shape.data.path),
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/**
 * Every procedure: what it throws leaves with the code of the one table of errors, and refusals are written to the audit
 * log. Writes of programs are counted here, call by call, so that a batch doesn't get around the limit.
 */
const base = t.procedure
  .use(async ({ ctx, next }) => {
    const result = await next();
    if (result.ok) return result;
    const error = appErrorOf(result.error);
    noteDenial(ctx, error);
    throw trpcErrorOf(error);
  })
  .use(async ({ ctx, meta, type, next }) => {
    // Before the input is parsed: callers that aren't authenticated learn nothing about it, and it costs nothing.
    if (ctx.actor.kind === 'anonymous' && !meta?.allowsAnonymous) throw unauthenticated();
    if (type === 'mutation' && ctx.actor.kind === 'apiKey')
      await ctx.limits.consume('apiWritePerKey', ctx.actor.apiKeyId, ctx.tellLimit);
    return next();
  });

/** A procedure takes its input from a strict schema. A procedure without input refuses any: see `withoutInput`. */
export const procedure = base;
/** A procedure that needs no session and no API key. */
export const publicProcedure = base.meta({ allowsAnonymous: true });
/** A procedure whose input holds whole prompts. */
export const promptProcedure = base.meta({ takesPrompts: true });

/** The input of a procedure that takes none: nothing, or an object without fields. */
export const withoutInput = z.strictObject({}).optional();

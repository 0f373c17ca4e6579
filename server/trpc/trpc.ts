import { initTRPC } from '@trpc/server';
import { ERROR_TABLE } from '../errors.ts';
import { noteDenial } from '../services/audit.ts';
import { appErrorOf, trpcErrorOf } from './errors.ts';
import type { TrpcContext } from './context.ts';

const t = initTRPC.context<TrpcContext>().create({
  isServer: true,
  errorFormatter({ shape, error, ctx }) {
    const { code, reason, message, details, data } = appErrorOf(error);
    const { status, type } = ERROR_TABLE[code];
    return {
      code: shape.code,
      message,
      data: {
        code: shape.data.code,
        httpStatus: status,
        path: shape.data.path,
        type,
        reason,
        details,
        request_id: ctx?.requestId ?? null,
        ...(data === undefined ? {} : { data }),
      },
    };
  },
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/**
 * Every procedure: what it throws leaves with the code of the one table of errors. Services authorise, and what they
 * refuse is noted for the audit log. Writes of programs are counted here, call by call, so that a batch is no way around
 * the limit.
 */
export const procedure = t.procedure
  .use(async ({ ctx, next }) => {
    const result = await next();
    if (result.ok) return result;
    const error = appErrorOf(result.error);
    noteDenial(ctx, error);
    throw trpcErrorOf(error);
  })
  .use(async ({ ctx, type, next }) => {
    if (type === 'mutation' && ctx.actor.kind === 'apiKey')
      await ctx.limits.consume('apiWritePerKey', ctx.actor.apiKeyId, ctx.tellLimit);
    return next();
  });

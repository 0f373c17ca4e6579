import type { TRPCError } from '@trpc/server';
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, notFound, unauthenticated } from '../errors.ts';
import { rateLimitHeaders } from '../limits.ts';
import { appErrorOf, errorShape } from '../trpc/errors.ts';
import { appRouter, findProcedure, type ProcedureInfo } from '../trpc/router.ts';
import {
  BODY_MAX_BYTES,
  limitAnonymousBody,
  limitBody,
  malformedBody,
  PROMPT_BODY_MAX_BYTES,
} from './body-limits.ts';
import { errorOf, logError } from './error-handler.ts';
import { setErrorHeaders } from './error-response.ts';
import { checkNumbers } from './exact-body.ts';
import { checkJsonText, isJson } from './json-body.ts';
import { checkJsonCost } from './json-cost.ts';
import { methodNotAllowed } from './methods.ts';
import { JSON_MEDIA_TYPE } from './media-types.ts';
import { assertKnownQuery } from './query.ts';
import { sessionCookiesOf, type SignInCookies } from './session-cookie.ts';

/** Calls in one request; limits count each of them. */
const BATCH_MAX = 20;
/** tRPC answers a HEAD without calling anything. */
const METHODS_OF = { query: ['GET', 'HEAD'], mutation: ['POST'], subscription: ['GET'] };

interface CallRequest {
  Params: { path: string };
  Querystring: { batch?: string; input?: string };
}

/** The tRPC router over HTTP, for sessions of this site and for API keys. */
export async function trpcRoutes(
  app: FastifyInstance,
  { cookies }: { cookies: SignInCookies },
): Promise<void> {
  // Errors of the edge have the shape of tRPC's own errors, which its clients read.
  app.setErrorHandler((thrown, request, reply) => {
    const error = errorOf(thrown, request);
    logError(error, request);
    setErrorHeaders(error, reply);
    return reply.send({ error: errorShape(error, request.id) });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(JSON_MEDIA_TYPE, { parseAs: 'string' }, (_request, body, done) => {
    const text = body as string;
    done(checkJsonCost(text) ?? checkCallInput(text, malformedBody()) ?? null, text);
  });
  // tRPC answers a batch that is too large with JSON but without saying so; it comes out as text/plain.
  app.addHook('onSend', async (_request, _reply, payload) => {
    if (payload instanceof Response && payload.headers.get('content-type')?.startsWith('text/plain'))
      payload.headers.set('content-type', 'application/json');
  });
  app.all<CallRequest>('/:path', {
    config: { query: ['batch', 'input'] },
    bodyLimit: PROMPT_BODY_MAX_BYTES,
    onRequest: admitCall,
    preParsing: async (request, _reply, body) => {
      const { kind } = await request.actor();
      if (kind === 'anonymous') return limitAnonymousBody(request, body);
      const takesPrompts = proceduresOf(request).some((procedure) => procedure?.takesPrompts);
      return limitBody(request, body, takesPrompts ? PROMPT_BODY_MAX_BYTES : BODY_MAX_BYTES);
    },
    handler: (request, reply) => call(request, reply, cookies),
  });
  for (const url of ['', '/*']) {
    app.all(url, {
      config: { query: 'any' },
      onRequest: (_request, _reply, done) => done(notFound('procedure')),
      handler: (_request, reply) => reply,
    });
  }
}

/**
 * Judges a call before its body is read: its procedures and method, its query, and whether the caller may make it
 * without a session and without an API key.
 */
async function admitCall(request: FastifyRequest<CallRequest>, reply: FastifyReply): Promise<void> {
  const procedures = proceduresOf(request);
  if (procedures.every((procedure) => procedure === undefined)) throw notFound('procedure');
  const [first] = procedures.filter((procedure) => procedure !== undefined);
  const methods = METHODS_OF[first?.type ?? 'query'];
  if (!methods.includes(request.method)) throw methodNotAllowed(request.method, methods.join(', '), reply);
  const { kind } = await request.actor();
  // In a batch with a public procedure each of the others is refused by itself.
  if (kind === 'anonymous' && !procedures.some((procedure) => procedure?.allowsAnonymous))
    throw unauthenticated();
  assertKnownQuery(request);
  const { input } = request.query;
  if (input === undefined || input === '') return;
  const malformed = new AppError('BAD_REQUEST', 'The query parameter "input" isn’t valid JSON.', {
    reason: 'malformed',
  });
  const wrong = checkCallInput(input, malformed);
  if (wrong) throw wrong;
}

/** @returns what is wrong with the text from which tRPC parses the input */
function checkCallInput(text: string, malformed: AppError): AppError | undefined {
  if (text === '') return undefined;
  if (!isJson(text)) return malformed;
  return checkJsonText(text) ?? checkNumbers(text);
}

function proceduresOf({ params, query }: FastifyRequest<CallRequest>): (ProcedureInfo | undefined)[] {
  const paths = query.batch === '1' ? params.path.split(',') : [params.path];
  return paths.map(findProcedure);
}

function call(
  request: FastifyRequest<CallRequest>,
  reply: FastifyReply,
  cookies: SignInCookies,
): Promise<void> {
  return fastifyRequestHandler({
    router: appRouter,
    maxBatchSize: BATCH_MAX,
    req: request,
    res: reply,
    path: request.params.path,
    createContext: async () => ({
      ...(await request.serviceContext()),
      cookies: sessionCookiesOf(reply, cookies),
      tellLimit: (standing) => void reply.headers(rateLimitHeaders(standing)),
    }),
    responseMeta: ({ errors }) => ({ headers: errorHeaders(errors) }),
    onError: ({ error }) => logError(appErrorOf(error), request),
  });
}

/** The headers of an answer with errors. It may hold many calls: the longest wait of them counts. */
function errorHeaders(errors: readonly TRPCError[]): Record<string, string> {
  if (errors.length === 0) return {};
  const refusals = errors.map(appErrorOf);
  const seconds = Math.max(0, ...refusals.map(({ retryAfterSeconds }) => retryAfterSeconds ?? 0));
  return {
    'cache-control': 'no-store',
    ...(seconds > 0 ? { 'retry-after': String(seconds) } : {}),
    ...(refusals.every(({ status }) => status === 401) ? { 'www-authenticate': 'Bearer realm="Anvil"' } : {}),
  };
}

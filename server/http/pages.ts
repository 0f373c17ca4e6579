import compress from '@fastify/compress';
import type { RequestHandler } from '@remix-run/node';
import { TRPCError } from '@trpc/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { constants } from 'node:zlib';
import { AppError, DEFAULT_RETRY_AFTER_SECONDS, toAppError } from '../errors.ts';
import type { Inbox } from '../mail/inbox.ts';
import type { MeView } from '../schemas/accounts.ts';
import { getMe } from '../services/accounts.ts';
import { logFailure, logRefusal } from '../telemetry/log-failure.ts';
import { appErrorOf } from '../trpc/errors.ts';
import { createCaller, type AppCaller } from '../trpc/router.ts';
import { limitAnonymousBody, limitBody, PROMPT_BODY_MAX_BYTES } from './body-limits.ts';
import { methodNotAllowed } from './methods.ts';
import { makeNonce, pagePolicy, referrerPolicyOf } from './security-headers.ts';
import { sessionCookiesOf, type SignInCookies } from './session-cookie.ts';
import { withoutTrailingSlash } from './trailing-slash.ts';

/** Where pages come from: a build, or their sources. */
export type PagesSource = (app: FastifyInstance) => Promise<Pages>;

export interface Pages {
  /** Remix. */
  handle: RequestHandler;
  /** Files for browsers, when it is not `handle`'s side that answers for them. */
  clientFolder?: string;
  development: boolean;
}

export interface PagesOptions {
  /** Runs a page's loaders in one transaction, see db/tenancy.ts. */
  readTogether: <T>(work: () => Promise<T>) => Promise<T>;
  /** Why pages aren't tried at all: the database has been unreachable for several probes. */
  refusal: () => Error | undefined;
  pages: Pages;
  cookies: SignInCookies;
  baseUrl: string;
  devPages: boolean;
  /** Of mails that are not sent, in development. */
  inbox?: Inbox | undefined;
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST'];

/** Everything that no other route answers is a page's. */
export async function pageRoutes(app: FastifyInstance, options: PagesOptions): Promise<void> {
  // Flushed piece by piece: what streams must not wait for the compressor's buffer.
  await app.register(compress, {
    encodings: ['br', 'gzip'],
    brotliOptions: {
      flush: constants.BROTLI_OPERATION_FLUSH,
      params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
    },
    zlibOptions: { flush: constants.Z_SYNC_FLUSH },
  });
  // No page has another method, and the platform's Request, which Remix gets, can't be a TRACE.
  app.addHook('onRequest', (request, reply, done) => {
    if (METHODS.includes(request.method)) return done();
    done(methodNotAllowed(request.method, METHODS.join(', '), reply));
  });
  // Remix reads the body itself.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  app.all('*', { config: { query: 'any', forPeople: true } }, (request, reply) => {
    const canonical = isRead(request) ? withoutTrailingSlash(request.url) : undefined;
    return canonical === undefined ? answer(request, reply, options) : reply.redirect(canonical, 308);
  });
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  options: PagesOptions,
): Promise<FastifyReply> {
  const { pages } = options;
  const secure = options.baseUrl.startsWith('https:');
  const nonce = makeNonce();
  reply.header('content-security-policy', pagePolicy(nonce, { secure, development: pages.development }));

  const referrerPolicy = referrerPolicyOf(request.url, { secure });
  if (referrerPolicy) reply.header('referrer-policy', referrerPolicy);

  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  const caller = await openCaller(request, reply, options);
  const body = limitedBody(request, caller);
  const handle = () =>
    pages.handle(toWebRequest(request, body, gone.signal), {
      get trpc() {
        return caller.trpc();
      },
      get user() {
        return caller.user();
      },
      cspNonce: nonce,
      requestId: request.id,
      baseUrl: options.baseUrl,
      devPages: options.devPages,
      listDevMails: () => options.inbox?.list() ?? null,
      logError: (error) => logFailure(request.log, pageErrorOf(error), 'page failed'),
    });
  const response = isRead(request) ? await options.readTogether(handle) : await handle();
  if (body?.errored instanceof AppError) throw body.errored;
  // The headers set so far (security, cookies) are the reply's; Remix' are added to them.
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  setRetryAfter(response, caller.refusal(), reply);
  return reply.send(response.body ? Readable.fromWeb(response.body as ReadableStream<Uint8Array>) : '');
}

/** A form that shows an error again, and a page that is an error, say when to try again, as every interface does. */
function setRetryAfter(response: Response, refusal: AppError | undefined, reply: FastifyReply): void {
  if ((response.status !== 429 && response.status !== 503) || response.headers.has('retry-after')) return;
  const seconds =
    refusal?.status === response.status ? refusal.retryAfterSeconds : DEFAULT_RETRY_AFTER_SECONDS;
  if (seconds !== undefined) reply.header('retry-after', String(seconds));
}

interface PageCaller {
  trpc: () => AppCaller;
  user: () => MeView | null;
  /** Certainly not authenticated. */
  isAnonymous: boolean;
  /** The error that a call was refused with last. */
  refusal: () => AppError | undefined;
}

/**
 * Gives loaders and actions the caller of a page. An error that makes the page unavailable reaches them as a Response,
 * which Remix shows as the page for its status. So no loader has to remember it, and none can turn it into a 500.
 */
async function openCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  { cookies, refusal }: PagesOptions,
): Promise<PageCaller> {
  let last: AppError | undefined;
  const unavailable = (error: AppError): Response => {
    last = error;
    return unavailablePage(error, request.id);
  };
  try {
    const refused = refusal();
    if (refused) throw refused;
    const context = { ...(await request.serviceContext()), cookies: sessionCookiesOf(reply, cookies) };
    const user = context.actor.kind === 'user' ? await getMe(context) : null;
    const trpc = createCaller(context, (error) => {
      last = error;
      logRefusal(request, error);
      if (error.code === 'SERVICE_UNAVAILABLE') throw unavailable(error);
    });
    const isAnonymous = context.actor.kind === 'anonymous';
    return { trpc: () => trpc, user: () => user, isAnonymous, refusal: () => last };
  } catch (thrown) {
    const error = pageErrorOf(thrown);
    if (error.code !== 'SERVICE_UNAVAILABLE') throw error;
    const fail = () => {
      throw unavailable(error);
    };
    // Whether a session is valid can't be told now, so it counts as one: its form is answered with 503, not with 413.
    const isAnonymous = request.headers.cookie === undefined;
    return { trpc: fail, user: fail, isAnonymous, refusal: () => error };
  }
}

/** The body is the `PageError` of app/lib/errors.ts. */
function unavailablePage(
  { status, reason, message, retryAfterSeconds }: AppError,
  requestId: string,
): Response {
  const headers = { 'cache-control': 'no-store' };
  return Response.json({ status, reason, message, retryAfterSeconds, requestId }, { status, headers });
}

function pageErrorOf(thrown: unknown): AppError {
  return thrown instanceof TRPCError ? appErrorOf(thrown) : toAppError(thrown);
}

/**
 * What Remix would compare by itself, without knowing which proxies are trusted, and answer with an empty 500.
 * same-origin.ts has judged it.
 */
const JUDGED_HERE = new Set(['origin', 'x-forwarded-host']);

function toWebRequest(request: FastifyRequest, body: Readable | undefined, signal: AbortSignal): Request {
  const url = `${request.protocol}://${request.host}${request.raw.url ?? '/'}`;
  if (!URL.canParse(url))
    throw new AppError('BAD_REQUEST', 'This address can’t be read.', { reason: 'malformed' });
  const address = new URL(url);
  // How pages asked for data before Remix 2.9: nobody of ours does, and Remix reports who does as an error.
  if (address.searchParams.has('_data')) address.searchParams.delete('_data');
  const headers = new Headers();
  for (const [name, values] of Object.entries(request.headers)) {
    if (JUDGED_HERE.has(name)) continue;
    for (const value of [values ?? []].flat()) headers.append(name, value);
  }
  return new Request(address, {
    method: request.method,
    headers,
    signal,
    ...(body ? { body: Readable.toWeb(body) as BodyInit, duplex: 'half' } : {}),
  });
}

/** Loaders alone run: nothing is written. */
function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The body as it arrives, cut off when it grows too large. A declared length is refused before. */
function limitedBody(request: FastifyRequest, { isAnonymous }: PageCaller): Readable | undefined {
  if (isRead(request)) return undefined;
  return isAnonymous
    ? limitAnonymousBody(request, request.raw)
    : limitBody(request, request.raw, PROMPT_BODY_MAX_BYTES);
}

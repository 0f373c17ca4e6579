import type { FastifyHttpOptions } from 'fastify';
import fp from 'fastify-plugin';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Socket } from 'node:net';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a stream that may take long: the limit on a request's time does not apply. */
    streamsBody?: boolean;
  }
}

/** What a request may hold where nothing else is said. */
export const BODY_MAX_BYTES = 1_048_576;
/** Where whole prompts come in: a template of 262,144 characters, escaped in JSON or in a form. */
export const PROMPT_BODY_MAX_BYTES = 8 * 1_048_576;
/** A stream that may take as long as it likes has to move all the same. */
const STREAM_IDLE_MS = 60_000;

const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** With Node's default of 30 s, 300 slow connections were all still open at the end of a test. */
const CHECK_CONNECTIONS_EVERY_MS = 1_000;
/** Above that of the proxies in front (HAProxy and nginx 60 s), so that none sends into a connection we just closed. */
const KEEP_ALIVE_MS = 72_000;
const HEADERS_MAX_BYTES = 16_384;

/** Sockets whose request may take longer than the limit: an import that is streamed. */
const unhurried = new WeakSet<Socket>();

/** From now on the request that comes in by this socket may take as long as it moves. */
function allowLongRequest(socket: Socket): void {
  if (!(socket instanceof Socket)) return; // A request that came without one (app.inject).
  unhurried.add(socket);
  socket.setTimeout(STREAM_IDLE_MS, () => socket.destroy());
}

/** The request is over: the next one by this socket is held to the limit again. */
function endLongRequest(socket: Socket): void {
  if (!unhurried.delete(socket)) return;
  socket.setTimeout(0);
}

interface ClientError extends Error {
  code?: string;
}

/**
 * Node finds a connection too slow, or what came by it is no HTTP. Nothing but a short answer can be sent: there is no
 * request yet.
 */
function onClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && unhurried.has(socket)) return;
  if (socket.writable && error.code !== 'ECONNRESET' && socket.bytesWritten === 0) {
    const status =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : error.code === 'HPE_HEADER_OVERFLOW'
          ? '431 Request Header Fields Too Large'
          : '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  }
  socket.destroy();
}

/** What a connection may cost. */
export function createLimitedServer(listener: RequestListener): Server {
  const limits = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
    maxHeaderSize: HEADERS_MAX_BYTES,
  };
  return createServer(limits, listener);
}

/** What a request may cost, for Fastify's options. */
export function serverLimits() {
  return {
    bodyLimit: BODY_MAX_BYTES,
    clientErrorHandler: onClientError,
    // A tRPC batch carries its procedures' names in the path.
    routerOptions: { maxParamLength: 5_000 },
  } satisfies FastifyHttpOptions<Server>;
}

/** Lets routes that read a stream (`config.streamsBody`) take as long as the stream moves. */
export const unhurriedRequests = fp(
  async (app) => {
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.routeOptions.config.streamsBody) allowLongRequest(request.raw.socket);
      done();
    });
    app.addHook('onResponse', (request, _reply, done) => {
      if (request.routeOptions.config.streamsBody) endLongRequest(request.raw.socket);
      done();
    });
  },
  { name: 'unhurried-requests' },
);

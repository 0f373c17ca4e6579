import type { FastifyHttpOptions } from 'fastify';
import fp from 'fastify-plugin';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Socket } from 'node:net';
import { BODY_MAX_BYTES } from './body-limits.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a stream that may take long: the limit on a request's time does not apply. */
    streamsBody?: boolean;
  }
}

/** A streamed request has no limit on its whole time. It is ended when it doesn't move for this long. */
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

/**
 * Lets the request that arrives by this socket take as long as it moves. Node's own listener destroys a socket that was
 * idle for too long, so none is added: a keep-alive connection would collect one for each request.
 */
function allowLongRequest(socket: Socket): void {
  if (!(socket instanceof Socket)) return; // Of app.inject.
  unhurried.add(socket);
  socket.setTimeout(STREAM_IDLE_MS);
}

/**
 * Holds the next request of this socket to the limit again. The idle limit is left as it is: Node has replaced it by the
 * one of keep-alive when the response ended.
 */
function endLongRequest(socket: Socket): void {
  unhurried.delete(socket);
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
    // Fastify's own 503 while closing has neither our body nor Retry-After. What still arrives on an open connection is
    // answered, with `Connection: close`.
    return503OnClosing: false,
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

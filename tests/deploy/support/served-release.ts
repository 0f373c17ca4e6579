import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A release that runs somewhere. */
export interface Running {
  port: number;
  stop(): Promise<void>;
}

/** What a release of the tests does when it is rolled out. */
export interface Release {
  /** @returns whether it went well */
  migrate: () => Promise<boolean>;
  /** Starts a copy; undefined: it never gets ready. */
  start: (() => Promise<Running>) | undefined;
}

const CSS = '/assets/app-12345678.css';

/**
 * A small server that answers what the smoke test asks, as Anvil does.
 *
 * @param version what /health says
 * @param broken a path that answers 500, as a release with a bug would
 * @param commit what /health says
 */
export async function startSmallAnvil(
  version: string,
  broken?: string,
  commit = 'unknown',
): Promise<Running> {
  const answers: Record<string, [number, string]> = {
    '/ready': [200, '{"status":"ready","degraded":false}'],
    '/health': [
      200,
      JSON.stringify({ status: 'ok', app: 'ok', database: 'ok', cache: 'ok', version, commit }),
    ],
    '/sign-in': [200, `<head><title>Sign in · Anvil</title><link rel="stylesheet" href="${CSS}"></head>`],
    [CSS]: [200, 'body {}'],
  };
  return listen((incoming, outgoing) => {
    const path = incoming.url ?? '';
    const [status, body] = path === broken ? [500, 'a bug'] : (answers[path] ?? [404, '']);
    const isApi = path.startsWith('/api/') && path !== broken;
    outgoing.writeHead(isApi ? 401 : status).end(isApi ? '{}' : body);
  });
}

/**
 * The address that people reach: hands each request to one of the copies that run just now.
 *
 * @param ports of the copies, asked for each request
 */
export async function startFront(ports: () => readonly number[]): Promise<Running> {
  let turn = 0;
  return listen((incoming, outgoing) => {
    const running = ports();
    const port = running[turn++ % running.length];
    if (port === undefined) return void outgoing.writeHead(503).end('nobody is there');
    const { method, url, headers } = incoming;
    const handed = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    handed.on('error', () => outgoing.destroy());
    incoming.pipe(handed);
  });
}

async function listen(
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<Running> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import {
  createStackParser,
  createTransport,
  nodeStackLineParser,
  Scope,
  ServerRuntimeClient,
  type ErrorEvent,
} from '@sentry/core';
import { hostname } from 'node:os';
import { scrub } from './scrub.ts';

export interface ErrorReports {
  /** @param requestId of the request it happened in, as its answer and the log say it */
  report: (error: Error, requestId: string | undefined) => void;
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 2_000;

/**
 * Sends bugs to Sentry: the error, its stack and the request's id. No cookie, header, body, value, e-mail address or
 * template goes along: nothing else of the request is given to the client, and messages, which may quote what they
 * complain about, are scrubbed.
 */
export function startErrorReports({ dsn, version }: { dsn: string; version: string }): ErrorReports {
  const client = new ServerRuntimeClient({
    ...{ dsn, release: version, platform: 'node', environment: 'production', serverName: hostname() },
    runtime: { name: 'node', version: process.version },
    integrations: [],
    stackParser: createStackParser(nodeStackLineParser()),
    transport: (options) =>
      createTransport(options, async ({ body }) => {
        const answer = await fetch(options.url, {
          method: 'POST',
          headers: options.headers ?? {},
          body: body as BodyInit,
        });
        await answer.arrayBuffer();
        return {
          statusCode: answer.status,
          headers: {
            'x-sentry-rate-limits': answer.headers.get('x-sentry-rate-limits'),
            'retry-after': answer.headers.get('retry-after'),
          },
        };
      }),
    beforeSend: (event) => scrubbed(event),
  });
  client.init();
  return {
    report: (error, requestId) => {
      const tags = requestId ? { request_id: requestId } : {};
      client.captureException(error, { captureContext: { tags } }, new Scope());
    },
    close: async () => {
      await client.close(CLOSE_WITHIN_MS);
    },
  };
}

function scrubbed(event: ErrorEvent): ErrorEvent {
  for (const exception of event.exception?.values ?? []) {
    if (exception.value !== undefined) exception.value = scrub(exception.value);
  }
  if (event.message !== undefined) event.message = scrub(event.message);
  delete event.request;
  delete event.user;
  delete event.breadcrumbs;
  delete event.extra;
  return event;
}

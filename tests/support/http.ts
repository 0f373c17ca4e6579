import type { FastifyInstance, InjectOptions } from 'fastify';
import { createApp, type AppOptions } from '#server/app.ts';
import { servedHosts } from '#server/config.ts';
import { createDelivery, type Delivery } from '#server/delivery/delivery.ts';
import { createDeliverySource } from '#server/delivery/source.ts';
import { createLogger } from '#server/telemetry/logger.ts';
import type { Lifecycle } from '#server/http/lifecycle.ts';
import type { Database } from '#db/connections.ts';
import { createReasonCheck } from './documented-reasons.ts';
import { testContext, type TestContext, type TestContextInput } from './context.ts';

/** Who asks: a program by its key, a person by the cookie of a session, or nobody. */
export type Credentials = { token: string } | { session: string } | undefined;

export interface TestAnswer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  /** Parsed JSON, or the text of anything else. */
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers have as many shapes as there are routes; a wrong field fails the test by itself
  text: string;
}

export interface RequestInput {
  /** Sent as JSON, unless it is a text. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface TestClient {
  request(method: string, url: string, input?: RequestInput): Promise<TestAnswer>;
  get(url: string, input?: RequestInput): Promise<TestAnswer>;
  post(url: string, body?: unknown, input?: RequestInput): Promise<TestAnswer>;
}

export interface TestApp {
  app: FastifyInstance;
  context: TestContext;
  lifecycle: Lifecycle;
  delivery: Delivery;
  /** Lines of the log, parsed. */
  logged: Record<string, unknown>[];
  as(credentials: Credentials): TestClient;
  close(): Promise<void>;
}

/**
 * The whole server on a test's database, asked without a port. Services share the deps of `context` (standing clock,
 * fake hasher); pages are left out unless asked for.
 */
export async function testApp(
  database: Database,
  input: TestContextInput & { options?: Partial<AppOptions>; cacheMaxBytes?: number } = {},
): Promise<TestApp> {
  const { options, cacheMaxBytes, ...given } = input;
  const context = testContext(database, given);
  const delivery = createDelivery({
    source: createDeliverySource(database.delivery, database.deliveryProbe),
    apiKeysEnabled: context.settings.apiKeysEnabled,
    keyCacheMaxSeconds: 3_600,
    cacheMaxBytes,
    now: context.now,
  });
  const { events } = context;
  context.onEvent = (event) => {
    events.push(event);
    delivery.onEvent(event);
  };
  const lifecycle: Lifecycle = { phase: 'ready' };
  const logged: Record<string, unknown>[] = [];
  const logger = createLogger('info', {
    write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>),
  });
  const { baseUrl } = context.settings;
  const app = await createApp(context, {
    ...{ lifecycle, logger, delivery, release: { version: '0.0.0-test', commit: 'c0ffee' }, devPages: false },
    clientAddress: { trustedProxies: [], clientIpHeader: undefined },
    servesHost: servedHosts({ baseUrl, host: '127.0.0.1', allowedHosts: [] }),
    ...options,
  });

  const checkReason = createReasonCheck(app, context.settings.baseUrl);
  const as = (credentials: Credentials): TestClient => {
    const own: Record<string, string> =
      credentials === undefined
        ? {}
        : 'token' in credentials
          ? { authorization: `Bearer ${credentials.token}` }
          : { cookie: `${cookieName(context)}=${credentials.session}`, 'sec-fetch-site': 'same-origin' };
    const request = async (method: string, url: string, { body, headers }: RequestInput = {}) => {
      const isJson = body !== undefined && typeof body !== 'string';
      const answer = await app.inject({
        method: method as InjectOptions['method'],
        url,
        headers: { ...own, ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(body === undefined ? {} : { payload: isJson ? JSON.stringify(body) : body }),
      });
      const isAnswerJson = /^application\/json/.test(String(answer.headers['content-type']));
      const parsed: unknown = isAnswerJson && answer.body !== '' ? JSON.parse(answer.body) : answer.body;
      await checkReason({ method, url, status: answer.statusCode, body: parsed });
      return { status: answer.statusCode, headers: answer.headers, body: parsed, text: answer.body };
    };
    return {
      request,
      get: (url, more) => request('GET', url, more),
      post: (url, body, more) => request('POST', url, { body, ...more }),
    };
  };

  return {
    ...{ app, context, lifecycle, delivery, logged, as },
    close: () => app.close(),
  };
}

function cookieName({ settings }: TestContext): string {
  return settings.baseUrl.startsWith('https:') ? '__Host-anvil_session' : 'anvil_session';
}

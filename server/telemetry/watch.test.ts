import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createFreshness, secondsDisconnected } from '#server/delivery/freshness.ts';
import { observeDatabase } from '#server/services/observed.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import { getNextVersion } from '#server/services/versions/proposal.ts';
import { publishVersion } from '#server/services/versions/publish.ts';
import { createMetricsServer } from './metrics-server.ts';
import { scrub } from './scrub.ts';
import { startWatch, type Watch } from './watch.ts';

/** What stands behind OTLP and Sentry: takes everything, keeps what came. */
interface Receiver {
  url: string;
  received: { path: string; body: string }[];
  close(): void;
}

async function startReceiver(): Promise<Receiver> {
  const received: Receiver['received'] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      received.push({ path: request.url ?? '', body: body.toString() });
      response.setHeader('content-type', 'application/json').end('{}');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received, close: () => void server.close() };
}

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

describe('a server that is watched', () => {
  let receiver: Receiver;
  let watch: Watch;
  let server: TestApp;
  let metricsServer: Server;
  const freshness = createFreshness(Date.now);

  beforeAll(async () => {
    receiver = await startReceiver();
    watch = await startWatch({
      prometheus: true,
      otlpEndpoint: `${receiver.url}/otel`,
      sentryDsn: undefined,
      version: '1.2.3',
    });
    metricsServer = createMetricsServer(watch.meters?.writeMetrics ?? expect.fail()).listen(0, '127.0.0.1');
    await once(metricsServer, 'listening');
    freshness.handleConnect(1);
    watch.meters?.observe({
      ...observeDatabase(database),
      unverifiedSeconds: secondsDisconnected(freshness, Date.now),
    });
    server = await testApp(database, { options: { watch } });
  });
  afterAll(async () => {
    await server.close();
    metricsServer.close();
    receiver.close();
  });

  const scrape = async () => {
    const { port } = metricsServer.address() as AddressInfo;
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  };

  test('counts requests by route and status, versions served, connections, jobs and the age of the cache', async () => {
    const account = await registerTestAccount(database);
    const context = { ...server.context, actor: account.actor };
    const set = await makeSet(context, { hello: textPrompt('Hello {{ name }}', ['name']) });
    const { checksum } = await getNextVersion(context, set.ref);
    await publishVersion(context, { ...set.ref, changelog: '', checksum });
    const reader = server.as(await createTestApiKey(account, { scopes: ['read:prompts'] }));
    await reader.get(`/api/v1/prompts/by_address/${set.address}/hello`);
    await reader.get('/api/v1/prompts/by_address/not/there/here');
    const metrics = await scrape();
    const counts = metrics.split('\n').filter((line) => line.startsWith('http_server_requests_total'));
    const ofDelivery = counts.filter((line) => line.includes('http_route="/api/v1/prompts/by_address/*"'));
    expect(ofDelivery.map((line) => /status_code="(\d+)".* (\d+)$/.exec(line)?.slice(1)).sort()).toEqual([
      ['200', '1'],
      ['404', '1'],
    ]);
    expect(metrics).toMatch(
      new RegExp(`anvil_versions_served_total\\{set="${set.address}",version="1\\.0\\.0".*\\} 1`),
    );
    expect(metrics).toMatch(/anvil_database_connections\{pool="delivery",state="idle".*\} \d/);
    expect(metrics).toMatch(/anvil_jobs\{state="failed".*\} 0/);
    expect(metrics).toMatch(/anvil_delivery_unverified(\{.*\})? 0/);
    expect(metrics).not.toContain('/not/there');
  });

  test('sends metrics and traces by OTLP, as parts of the caller’s trace, with routes and never paths', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await server.as(undefined).get('/api/v1/projects?secret=in-the-query', { headers });
    await server.as(undefined).get('/live');
    await watch.close();
    const paths = receiver.received.map(({ path }) => path);
    expect(paths).toContain('/otel/v1/traces');
    expect(paths).toContain('/otel/v1/metrics');
    const traces = receiver.received.filter(({ path }) => path.endsWith('traces')).map(({ body }) => body);
    expect(traces.join()).toContain(traceId);
    expect(traces.join()).toContain('"anvil"');
    expect(traces.join()).not.toContain('in-the-query');
    expect(traces.join()).not.toContain('/live');
    expect(receiver.received.map(({ body }) => body).join()).toContain('http.server.request.duration');
  });
});

test('a bug is reported with its stack and request, and nothing of what the caller sent', async () => {
  const receiver = await startReceiver();
  const dsn = `${receiver.url.replace('http://', 'http://publickey@')}/1`;
  const watch = await startWatch({
    prometheus: false,
    otlpEndpoint: undefined,
    sentryDsn: dsn,
    version: '1.2.3',
  });
  const token = 'ank_0123456789abcdef0123456789abcdef0123456789abcdef';
  const message = `It failed for mara@example.com with ${token} at "a template {{ name }}" {% if x %} and {{ more }}`;
  watch.errorReports?.report(new Error(message), 'request-1');
  await watch.close();
  receiver.close();
  const sent = receiver.received.map(({ body }) => body).join();
  expect(sent).toContain('It failed for');
  expect(sent).toContain('request-1');
  expect(sent).toContain('watch.test.ts');
  for (const secret of ['mara@', token, 'a template', '{{ name', 'if x', '{{ more'])
    expect(sent).not.toContain(secret);
});

test('without configuration nothing is started', async () => {
  const watch = await startWatch({
    prometheus: false,
    otlpEndpoint: undefined,
    sentryDsn: undefined,
    version: '1',
  });
  expect([watch.meters, watch.traces, watch.errorReports]).toEqual([undefined, undefined, undefined]);
  await watch.close();
});

test.each([
  ['password=hunter2 was wrong', 'password: … was wrong'],
  ['Bearer abcdef is no key', 'Bearer … is no key'],
  ["can't read `x`, 'y' and \"z\"", "can't read `…`, '…' and \"…\""],
  ['see https://host/path?token=1 there', 'see …://… there'],
  ['first\nsecond', 'first'],
])('scrubbed, %j is %j', (message, scrubbed) => {
  expect(scrub(message)).toBe(scrubbed);
});

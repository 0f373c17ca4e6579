import { readFile } from 'node:fs/promises';
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { connect, type Database } from '#db/connections.ts';
import { servedHosts } from '#server/config.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { testApp, type TestApp } from './support/http.ts';

// Each platform probes under a name of its own. What the shipped manifests ask for is answered under that name, though
// Anvil is served under that of APP_URL only.

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFile(join(ROOT, file), 'utf8');

let testDatabase: TestDatabase;
let database: Database;
let server: TestApp;
let port: number;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url });
  // Listens on loopback, as far as the test goes; so no probe gets through because it names loopback.
  const hosts = { baseUrl: 'https://anvil.example.com', host: '10.0.0.5', allowedHosts: [] };
  server = await testApp(database, {
    settings: { baseUrl: hosts.baseUrl },
    options: { servesHost: servedHosts(hosts) },
  });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.app.server.address() as AddressInfo);
});

afterAll(async () => {
  await server.close();
  await database.close();
  await testDatabase.drop();
});

/** Probes as a platform does. */
function statusOf(path: string, host: string | undefined): Promise<number> {
  const head = host === undefined ? `GET ${path} HTTP/1.0` : `GET ${path} HTTP/1.1\r\nHost: ${host}`;
  return new Promise((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1', () =>
      socket.write(`${head}\r\nConnection: close\r\n\r\n`),
    );
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('end', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]))).on('error', reject);
  });
}

async function expectAnswered(paths: string[], host: string | undefined): Promise<void> {
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) {
    const status = await statusOf(path, host);
    // The test has no listener, which /health reports.
    expect([path, host, path === '/health' ? [200, 503].includes(status) : status === 200]).toEqual([
      path,
      host,
      true,
    ]);
  }
}

test('the server of this test refuses pages and calls under the names of probes', async () => {
  for (const host of ['10.1.2.3:4000', '127.0.0.1:4000', '[fdaa::3]:4000', undefined])
    expect([host, await statusOf('/api/v1/projects', host)]).toEqual([host, 421]);
});

test('Kubernetes probes by the address of the pod', async () => {
  const [deployment] = parseAllDocuments(await read('k8s/base/deployment.yaml')).map(
    (document) =>
      document.toJSON() as { spec: { template: { spec: { containers: Record<string, Probe>[] } } } },
  );
  const [container = {}] = deployment?.spec.template.spec.containers ?? [];
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
    (name) => container[name]?.httpGet.path ?? '',
  );
  await expectAnswered(paths, '10.1.2.3:4000');
});

interface Probe {
  httpGet: { path: string };
}

test('Fly probes by the private address of the machine', async () => {
  const text = await read('fly.toml');
  const checks = text.split(/^\[\[?metrics\]?\]/m)[0] ?? '';
  await expectAnswered(
    [...checks.matchAll(/^\s*path = '([^']+)'/gm)].map(([, path = '']) => path),
    '[fdaa::3]:4000',
  );
});

test('HAProxy probes without any Host', async () => {
  const text = await read('deploy/haproxy.cfg');
  await expectAnswered(
    [...text.matchAll(/http-check send meth GET uri (\S+)$/gm)].map(([, path = '']) => path),
    undefined,
  );
});

test('Docker’s healthcheck and the scripts of a single server probe by loopback', async () => {
  const files = ['Dockerfile', 'docker-compose.yml', 'deploy/stack.yml', 'deploy/single_server_lib.sh'];
  const text = (await Promise.all(files.map(read))).join('\n');
  const healthchecks = [...text.matchAll(/healthcheck\.mjs"?, "?(\/\w+)/g)].map(([, path = '']) => path);
  const scripts = [...text.matchAll(/127\.0\.0\.1:\$port(\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(scripts.length).toBeGreaterThan(0);
  await expectAnswered([...healthchecks, ...scripts], '127.0.0.1:4000');
});

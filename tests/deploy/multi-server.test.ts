import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAppServer, type AppServer } from './support/app-pair.ts';
import {
  makeAuthority,
  makeDatabasePair,
  type DatabaseHost,
  type DatabasePair,
} from './support/database-pair.ts';
import { publishFirstPrompt, writeProject, type FirstPrompt } from './support/first-prompt.ts';
import { startLoad, type LoadCount, type LoadKind } from './support/load.ts';
import { makeNetwork, type Host, type Network } from './support/network.ts';
import { has, must } from './support/shell.ts';
import { until } from './support/until.ts';
import { wordsOf } from './support/words.ts';
import { makeVisitor, type Visitor } from './support/visitor.ts';

const DOMAIN = 'anvil.test';
const PROMPT = '/api/v1/prompts/by_address/playground/first/hello';
const GET: LoadKind = { name: 'get', path: `${PROMPT}@^1`, connections: 8, pauseMs: 2 };
const LIST: LoadKind = { name: 'list', path: '/api/v1/projects', connections: 2, pauseMs: 20 };

let network: Network;
let folder: string;
let pair: DatabasePair;
let client: Host;
let balancer: Host;
let haproxy: ChildProcess;
/** What HAProxy said since the last load: it says nothing of what went well. */
let said = '';
let app1: AppServer;
let app2: AppServer;
let visitor: Visitor;
let account: FirstPrompt;
/** With every scope, for the load that writes. */
let writer: string;
let certificates: { ca: string };

describe.skipIf(!has('root', 'haproxy', 'nft', 'ip', 'pg_createcluster'))(
  'two servers behind HAProxy',
  () => {
    beforeAll(setUp);
    afterAll(tearDown);

    test('one server after the other restarts, and nobody notices', async () => {
      const stop = load([GET, LIST, writes()]);
      await sleep(2_000);
      for (const app of [app1, app2]) {
        expect(await app.stop()).toBe(0);
        await app.start();
        await sleep(2_000);
      }
      expectNothingLost(await stop());
    });

    test('HAProxy takes a new configuration, and nobody notices', async () => {
      const stop = load([GET, LIST, writes()]);
      await sleep(1_000);
      for (let reload = 0; reload < 3; reload++) {
        haproxy.kill('SIGUSR2');
        await sleep(1_500);
      }
      expectNothingLost(await stop());
    });

    test('a server that dies loses no GET and no POST that carries an Idempotency-Key, of 100 kB neither, and nothing is done twice', async () => {
      const stop = load([GET, LIST, writes(), await bigWrites()]);
      await sleep(1_500);
      for (const app of [app1, app2]) {
        await app.stop('SIGKILL');
        await sleep(3_000);
        await app.start();
        await sleep(1_500);
      }
      const counted = await stop();
      expectNothingLost(counted);
      const acknowledged = written(counted);
      const slugs = await allProjects();
      expect(acknowledged.filter((id) => !slugs.includes(id))).toEqual([]);
      // What was done twice would have got another slug of the same name.
      const [batch = ''] = /^write-\d+-/.exec(acknowledged[0] ?? '') ?? [];
      expect(slugs.filter((slug) => slug.startsWith(batch) && !acknowledged.includes(slug))).toEqual([]);
    });

    test('a server without its database gets no pages and writes, goes on delivering, and comes back by itself', async () => {
      const stop = load([GET, LIST, writes()]);
      await sleep(1_000);
      const mend = await app1.host.cutOff(5432);
      await until('app1 saying that its database is away', async () => (await healthOf(app1)) === 503);
      // Two checks of HAProxy later it is out of the backend for pages.
      await sleep(2_500);
      const during = await stop();
      // Requests that were under way when the line was cut may fail; what was fetched before is answered throughout.
      expect(during.get?.lost).toEqual([]);
      const calm = load([GET, LIST, writes()]);
      await sleep(3_000);
      expectNothingLost(await calm());
      const own = await deliveredBy(app1);
      expect([own.status, own.verifiedAt]).toEqual([200, expect.stringMatching(/^\d{4}-/)]);
      await mend();
      await until('app1 having its database again', async () => (await healthOf(app1)) === 200);
      await until(
        'app1 answering what is current',
        async () => (await deliveredBy(app1)).verifiedAt === undefined,
      );
    });

    test('without any database what was fetched before is delivered, and pages are Anvil’s own 503', async () => {
      await pair.primary.control('stop');
      await until(
        'both servers missing the database',
        async () => (await healthOf(app1)) === 503 && (await healthOf(app2)) === 503,
      );
      const stop = load([GET]);
      await sleep(3_000);
      expectNothingLost(await stop());
      const delivered = await visitor.ask(`${PROMPT}@^1`, bearer(writer));
      expect(delivered.headers['anvil-verified-at']).toMatch(/^\d{4}-/);
      const page = await visitor.ask(`/o/${account.organisation}`, {
        headers: { ...account.headers, accept: 'text/html' },
      });
      expect(page.status).toBe(503);
      expect(page.text).toContain('Anvil');
      const write = await visitor.ask('/api/v1/projects', {
        method: 'POST',
        ...bearer(writer),
        body: { name: 'No' },
      });
      expect([write.status, (write.body as { error: { type: string } }).error.type]).toEqual([
        503,
        'unavailable',
      ]);
      await pair.primary.control('start');
      await until(
        'pages coming back',
        async () =>
          (await visitor.ask(`/o/${account.organisation}`, { headers: account.headers })).status === 200,
      );
    });

    test('the replica takes over from a primary that died, and no acknowledged write is lost', async () => {
      await makeReplica();
      await pair.primary.script('primary.sh', primaryArgs(pair.primary, pair.replica, '--synchronous'));
      await until(
        'the standby being waited for',
        async () =>
          (await pair.primary.sql("select count(*) from pg_stat_replication where sync_state = 'sync'")) ===
          '1',
      );
      const before = [app1.pid(), app2.pid()];
      const stop = load([GET, writes()]);
      await sleep(2_000);
      await pair.primary.crash();

      // Nothing fences it: it refuses. Something that still answers: it refuses too.
      const old = `${pair.primary.host.address}:${pair.primary.port}`;
      expect((await pair.replica.tryScript('promote.sh', ['--old', old])).code).toBe(1);
      expect(
        (await pair.replica.tryScript('promote.sh', ['--old', old, '--fence', 'false'])).stderr,
      ).toContain('nothing was changed');
      await pair.replica.script('promote.sh', ['--old', old, '--fence', 'true']);
      await until('Anvil writing again', () => writeProject(visitor, account, `after-${Date.now()}`), {
        seconds: 30,
      });

      const counted = await stop();
      expect(counted.get?.lost).toEqual([]);
      const slugs = await allProjects();
      expect(written(counted).filter((id) => !slugs.includes(id))).toEqual([]);
      expect([app1.pid(), app2.pid()]).toEqual(before);
    });

    test('the old primary comes back as a replica, and a standby that is lost holds writes up only until it is told', async () => {
      const { primary: old, replica: current } = pair;
      await old.script('rejoin.sh', ['--primary', `${current.host.address}:${current.port}`]);
      await current.script('primary.sh', primaryArgs(current, old, '--synchronous'));
      await until(
        'the old primary being waited for',
        async () =>
          (await current.sql("select count(*) from pg_stat_replication where sync_state = 'sync'")) === '1',
      );
      expect(await writeProject(visitor, account, 'seen-by-both')).toBe(true);
      expect(await old.sql("select count(*) from projects where slug = 'seen-by-both'", 'anvil_prod')).toBe(
        '1',
      );

      await old.control('stop');
      const held = writeProject(visitor, account, 'held-up').catch(() => false);
      await until(
        'a write waiting',
        async () =>
          (await current.sql("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")) !== '0',
      );
      const runbook = await wordsOf('docs/runbook.md');
      const command = runbook.block('standby_lost.sh').trim();
      await current.script(command.replace('deploy/postgres/', ''), []);
      await until('writes going on', async () => await writeProject(visitor, account, `on-${Date.now()}`));
      await held;
    });
  },
);

async function setUp(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'anvil-servers-'));
  await chmod(folder, 0o755);
  network = await makeNetwork();
  client = await network.host(2);
  balancer = await network.host(10);
  const apps = [await network.host(11), await network.host(12)] as const;
  pair = await makeDatabasePair(folder, [await network.host(21), await network.host(22)]);
  const authority = await makeAuthority(folder);
  certificates = authority;

  const web = await authority.issue('web', `DNS:${DOMAIN}`);
  await writeFile(
    join(folder, 'web.pem'),
    (await readFile(web.certificate, 'utf8')) + (await readFile(web.key, 'utf8')),
  );
  const front = `${balancer.address}:5432`;
  haproxy = balancer.start('haproxy', ['-W', '-f', 'deploy/haproxy.cfg'], {
    ANVIL_HAPROXY_SOCKET: join(folder, 'haproxy.sock'),
    ANVIL_CERTIFICATE: join(folder, 'web.pem'),
    ANVIL_APP_1: `${apps[0].address}:4000`,
    ANVIL_APP_2: `${apps[1].address}:4000`,
    ANVIL_DATABASE_FRONT: front,
    ANVIL_DATABASE_1: addressOf(pair.primary),
    ANVIL_DATABASE_2: addressOf(pair.replica),
  });
  for (const stream of [haproxy.stdout, haproxy.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  }

  const database = await authority.issue('database', `IP:${balancer.address}`);
  for (const one of [pair.primary, pair.replica]) await useCertificate(one, database);
  await pair.primary.script('primary.sh', primaryArgs(pair.primary, pair.replica));
  await pair.primary.sql(
    "create role anvil login password 'not-used-elsewhere'; create role anvil_app nologin; grant anvil_app to anvil",
  );
  await pair.primary.sql('create database anvil_prod owner anvil');
  await until('HAProxy finding the primary', async () => {
    await client.run('bash', ['-c', `exec 3<>/dev/tcp/${balancer.address}/5432`]);
    return true;
  });

  const env = {
    APP_URL: `https://${DOMAIN}`,
    PORT: '4000',
    DATABASE_URL: `postgres://anvil:not-used-elsewhere@${front}/anvil_prod`,
    DATABASE_CA: authority.ca,
    TRUSTED_PROXIES: balancer.address,
    SECRET_KEY_BASE: 'the same on both servers, for a run of tests only. '.repeat(2),
    SESSION_SIGNING_SALT: 'for signing in a run of tests only',
    SESSION_ENCRYPTION_SALT: 'for sealing in a run of tests only',
    POOL_SIZE: '6',
    DRAIN_SECONDS: '3',
    LOG_LEVEL: 'warn',
  };
  app1 = makeAppServer(apps[0], env);
  app2 = makeAppServer(apps[1], env);
  await app1.start();
  await app2.start();

  visitor = makeVisitor({
    ...{ domain: DOMAIN, address: balancer.address, rootFile: authority.ca },
    run: (program, args, options) => client.run(program, args, options),
  });
  const setUpCode = /The set-up code:\s+(\S+)/.exec(app1.log())?.[1] ?? '';
  account = await publishFirstPrompt(visitor, { domain: DOMAIN, setUpCode });
  writer = await makeWriter();
  // Each has fetched it once: what is delivered without a database is what was fetched before.
  for (const app of [app1, app2]) expect((await deliveredBy(app)).status).toBe(200);
}

async function tearDown(): Promise<void> {
  await app1?.stop('SIGKILL');
  await app2?.stop('SIGKILL');
  if (haproxy && haproxy.exitCode === null) {
    haproxy.kill('SIGTERM');
    await once(haproxy, 'exit');
  }
  await pair?.remove();
  await network?.remove();
  await rm(folder, { recursive: true, force: true });
}

function primaryArgs(one: DatabaseHost, other: DatabaseHost, ...more: string[]): string[] {
  return [
    '--peer',
    other.host.address,
    '--balancer',
    balancer.address,
    '--listen',
    one.host.address,
    ...more,
  ];
}
const addressOf = ({ host, port }: DatabaseHost) => `${host.address}:${port}`;
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

async function useCertificate(one: DatabaseHost, files: { key: string; certificate: string }): Promise<void> {
  const conf = join('/etc/postgresql/15', one.name, 'conf.d/certificate.conf');
  const key = join(folder, `${one.name}.key`);
  await must('install', ['-o', 'postgres', '-g', 'postgres', '-m', '600', files.key, key]);
  await writeFile(conf, `ssl = on\nssl_cert_file = '${files.certificate}'\nssl_key_file = '${key}'\n`);
}

async function makeReplica(): Promise<void> {
  await pair.replica.script('primary.sh', primaryArgs(pair.replica, pair.primary));
  await pair.replica.script('replica.sh', ['--primary', addressOf(pair.primary)]);
  expect(await pair.replica.sql('select pg_is_in_recovery()')).toBe('t');
}

async function makeWriter(): Promise<string> {
  const scopes = ['read:prompts', 'read:drafts', 'write:prompts', 'manage:organisation'];
  const { body, status, text } = await visitor.ask('/trpc/apiKeys.create', {
    method: 'POST',
    headers: account.headers,
    body: { organisation: account.organisation, name: 'Load', scopes },
  });
  if (status !== 200) throw new Error(text);
  return (body as { result: { data: { token: string } } }).result.data.token;
}

function load(kinds: LoadKind[]): () => Promise<Record<string, LoadCount>> {
  return startLoad(client, {
    host: balancer.address,
    name: DOMAIN,
    ca: certificates.ca,
    token: writer,
    kinds,
  });
}

let batches = 0;
/** Few enough for the limit of writes of one key. Names are ids, so that slugs tell what was done. */
function writes(): LoadKind {
  batches += 1;
  const body = JSON.stringify({ name: '@id@', slug: '@id@' });
  return {
    name: `write-${batches}`,
    method: 'POST',
    path: '/api/v1/projects',
    body,
    idempotent: true,
    connections: 2,
    pauseMs: 500,
  };
}

/** The slugs of the projects that were acknowledged. */
function written(counted: Record<string, LoadCount>): string[] {
  return Object.entries(counted).flatMap(([name, { done }]) => (name.startsWith('write') ? done : []));
}

async function bigWrites(): Promise<LoadKind> {
  const answer = await visitor.ask('/api/v1/projects/playground/prompt_sets', bearer(writer));
  const [set] = (answer.body as { data: { id: string }[] }).data;
  const content = { kind: 'text', template: 'x'.repeat(100_000), parameters: [] };
  const body = JSON.stringify({ name: `@id@-${Date.now()}`, content });
  return {
    name: 'big',
    method: 'POST',
    path: `/api/v1/prompt_sets/${set?.id}/prompts`,
    body,
    idempotent: true,
    connections: 1,
    pauseMs: 500,
  };
}

function expectNothingLost(counted: Record<string, LoadCount>): void {
  console.log(
    Object.entries(counted)
      .map(([name, { sent, lost }]) => `${name}: ${lost.length} of ${sent} lost`)
      .join(', '),
  );
  if (Object.values(counted).some(({ lost }) => lost.length > 0)) console.log(said.slice(-6_000));
  said = '';
  for (const [name, { sent, lost }] of Object.entries(counted)) {
    expect(sent, name).toBeGreaterThan(0);
    expect(lost, name).toEqual([]);
  }
}

async function allProjects(): Promise<string[]> {
  const one = (await pair.primary.isUp()) ? pair.primary : pair.replica;
  return (await one.sql('select slug from projects', 'anvil_prod')).split('\n');
}

async function healthOf(app: AppServer): Promise<number> {
  const url = `http://${app.host.address}:4000/health?only=database`;
  const status = await client.run('curl', [
    '-s',
    '--noproxy',
    '*',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    url,
  ]);
  return Number(status);
}

/** Fetches the prompt past the balancer. */
async function deliveredBy(app: AppServer): Promise<{ status: number; verifiedAt: string | undefined }> {
  const url = `http://${app.host.address}:4000${PROMPT}@^1`;
  const head = await client.run('curl', [
    '-s',
    '--noproxy',
    '*',
    '-D',
    '-',
    '-o',
    '/dev/null',
    '-H',
    `Authorization: Bearer ${writer}`,
    url,
  ]);
  return {
    status: Number(/^HTTP\S+ (\d+)/.exec(head)?.[1]),
    verifiedAt: /^anvil-verified-at: (.*?)\r?$/im.exec(head)?.[1],
  };
}

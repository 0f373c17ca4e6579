import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { publishFirstPrompt, writeProject, type FirstPrompt } from './support/first-prompt.ts';
import { startLoad, type LoadCount, type LoadKind } from './support/load.ts';
import { GET, largeWrites, LIST, PROMPT, writes, written } from './support/load-kinds.ts';
import {
  bootSeveralServers,
  CAN_RUN,
  copyBetween,
  getCertificate,
  letIn,
  type Server,
  type SeveralServers,
} from './support/several-servers.ts';
import { must } from './support/shell.ts';
import { together } from './support/together.ts';
import { until } from './support/until.ts';
import { makeVisitor, type Visitor } from './support/visitor.ts';
import { wordsOf, type Words } from './support/words.ts';

const DOMAIN = 'anvil.example.com';

let servers: SeveralServers;
let words: Words;
let visitor: Visitor;
let account: FirstPrompt;
/** With every scope, for the load that writes. */
let writer: string;
/** A file with who signed the certificate. */
let ca: string;

// Five booted machines with the addresses of the page, made what they are by its words alone.
describe.skipIf(!CAN_RUN)('two servers behind HAProxy', { timeout: 900_000 }, () => {
  beforeAll(async () => {
    words = await wordsOf('docs/deploy/multi-server.md');
    servers = await bootSeveralServers(inject('runFolder'));
  }, 900_000);
  afterAll(() => servers?.remove());

  test('serve a published prompt by the words of the page, from nothing on', async () => {
    const { balancer, apps, databases, client } = servers;
    const [first, second] = databases;
    const secrets = await must('bash', ['-euc', words.block('openssl rand -hex 32')]);
    ca = await getCertificate(balancer, join(inject('runFolder'), 'anvil-lb'), DOMAIN);

    const setUpDatabases = async () => {
      const block = words.block('openssh-server');
      await together(first.must(block), second.must(block));
      await letIn(first, second);
      await letIn(second, first);
      await first.must(secrets + words.block('create role anvil login'));
      await copyBetween(first, second, '/etc/anvil/replication_password');
      await second.must(words.block('replica.sh --primary 10.0.0.21:5432'));
      await first.must(words.block('--listen 10.0.0.21 --synchronous'));
    };
    await together(
      setUpDatabases(),
      balancer.must(words.block('apt-get install -y --no-install-recommends haproxy')),
    );

    let said = '';
    const setUpApp = async (app: Server) => {
      await app.must(secrets + words.block('cat >/etc/anvil/anvil.env'));
      const authority = await Promise.all(databases.map((one) => one.must('cat /etc/postgresql/anvil.crt')));
      await app.must('cat >/etc/anvil/database-ca.crt', authority.join(''));
      // nodejs.org is played by another here; all else stands as on the page.
      said = await app.must(`${words.block('--anvil-only').trimEnd()} --node ${app.shelfUrl}\n`);
    };
    await together(...apps.map(setUpApp));

    visitor = makeVisitor({
      ...{ domain: DOMAIN, address: balancer.host.address, rootFile: ca },
      run: (program, args, options) => client.run(program, args, options),
    });
    const setUpCode = /The set-up code: *(\S+)/.exec(said)?.[1] ?? '';
    account = await publishFirstPrompt(visitor, { domain: DOMAIN, setUpCode });
    writer = await makeWriter();
    // Each has fetched it once: what is delivered without a database is what was fetched before.
    for (const app of apps) expect((await deliveredBy(app)).status).toBe(200);

    const [somebody] = apps;
    await copyAuthority(somebody);
    expect(JSON.parse(await somebody.must(words.block('/health')))).toMatchObject({ database: 'ok' });
    const hello = await somebody.must(`export ANVIL_API_KEY=${account.token}\n${words.block('/render/')}`);
    expect(JSON.parse(hello)).toMatchObject({ version: '1.0.0' });
  });

  test('give nobody more than they need: HAProxy handles requests as its own user, secrets are Anvil’s alone', async () => {
    const { balancer, apps } = servers;
    // The first one only opens ports and certificates.
    const users = await balancer.must('for pid in $(pidof haproxy); do stat -c %U "/proc/$pid"; done | sort');
    expect(users).toBe('haproxy\nroot\n');
    for (const app of apps)
      expect(await app.must('stat -c "%a %U:%G" /etc/anvil/anvil.env')).toBe('640 root:anvil\n');
    // Not where nobody has said which database it is.
    const alone = await balancer.run(`deploy/single_server_setup.sh --domain ${DOMAIN} --anvil-only`);
    expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining('/etc/anvil/anvil.env')]);
  });

  test('back the database up through HAProxy', async () => {
    const [app] = servers.apps;
    await app.must(words.block('systemctl start anvil-backup'));
    expect(await app.must('ls /var/backups/anvil')).toMatch(/^anvil_\d{8}_\d{6}\.dump\n/);
  });

  test('one server after the other restarts, and nobody notices', async () => {
    const stop = load([GET, LIST, writes()]);
    await sleep(2_000);
    for (const app of servers.apps) {
      await app.must(words.block('systemctl restart anvil'));
      await until('Anvil being back', () => isReady(app));
      await sleep(2_000);
      expect(await app.must('journalctl -u anvil -o cat')).not.toMatch(/Failed with result|SIGKILL/);
    }
    await expectNothingLost(await stop());
  });

  test('HAProxy takes a new configuration, and nobody notices', async () => {
    const stop = load([GET, LIST, writes()]);
    await sleep(1_000);
    for (let reload = 0; reload < 3; reload++) {
      await servers.balancer.must(words.block('systemctl reload haproxy'));
      await sleep(1_500);
    }
    await expectNothingLost(await stop());
  });

  test('a server that dies loses no GET and no POST that carries an Idempotency-Key, of 100 kB neither, and nothing is done twice', async () => {
    const stop = load([GET, LIST, writes(), await bigWrites()]);
    await sleep(1_500);
    for (const app of servers.apps) {
      const before = await pidOf(app);
      await app.must(`kill -KILL ${before}`);
      await until('Anvil being started again', async () => {
        const now = await pidOf(app);
        return now !== before && now !== '0' && (await isReady(app));
      });
      await sleep(3_000);
    }
    const counted = await stop();
    await expectNothingLost(counted);
    const acknowledged = written(counted);
    const slugs = await allProjects();
    expect(acknowledged.filter((id) => !slugs.includes(id))).toEqual([]);
    // What was done twice would have got another slug of the same name.
    const [batch = ''] = /^write-\d+-/.exec(acknowledged[0] ?? '') ?? [];
    expect(slugs.filter((slug) => slug.startsWith(batch) && !acknowledged.includes(slug))).toEqual([]);
  });

  test('a server without its database gets no pages and writes, goes on delivering, and comes back by itself', async () => {
    const [app] = servers.apps;
    const stop = load([GET, LIST, writes()]);
    await sleep(1_000);
    const mend = await app.host.cutOff(5432);
    await until('a server saying that its database is away', async () => (await healthOf(app)) === 503);
    // Two checks of HAProxy later it is out of the backend for pages.
    await sleep(2_500);
    const during = await stop();
    // Requests that were under way when the line was cut may fail; what was fetched before is answered throughout.
    expect(during.get?.lost).toEqual([]);
    const calm = load([GET, LIST, writes()]);
    await sleep(3_000);
    await expectNothingLost(await calm());
    const own = await deliveredBy(app);
    expect([own.status, own.verifiedAt]).toEqual([200, expect.stringMatching(/^\d{4}-/)]);
    await mend();
    await until('it having its database again', async () => (await healthOf(app)) === 200);
    await until(
      'it answering what is current',
      async () => (await deliveredBy(app)).verifiedAt === undefined,
    );
  });

  test('without any database what was fetched before is delivered, and pages are Anvil’s own 503', async () => {
    const [primary] = servers.databases;
    await primary.must('systemctl stop postgresql@15-main');
    await until('both servers missing the database', async () => {
      const both = await Promise.all(servers.apps.map(healthOf));
      return both.every((status) => status === 503);
    });
    const stop = load([GET]);
    await sleep(3_000);
    await expectNothingLost(await stop());
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
    const { error } = write.body as { error: { type: string } };
    expect([write.status, error.type]).toEqual([503, 'unavailable']);
    await primary.must('systemctl start postgresql@15-main');
    await until(
      'pages coming back',
      async () =>
        (await visitor.ask(`/o/${account.organisation}`, { headers: account.headers })).status === 200,
    );
  });

  test('the replica takes over from a primary that died, and no acknowledged write is lost', async () => {
    const [old, replica] = servers.databases;
    await untilWaitedFor(old);
    const looked = await Promise.all(
      servers.databases.map((one) => one.must(words.block('pg_is_in_recovery()'))),
    );
    expect(looked).toEqual(['f\n', 't\n']);
    const before = await Promise.all(servers.apps.map(pidOf));
    const stop = load([GET, writes()]);
    await sleep(2_000);
    await old.must(`
      read -r pid </var/lib/postgresql/15/main/postmaster.pid
      kill -KILL "$pid" $(cat "/proc/$pid/task/$pid/children")`);

    // Nothing fences it: it refuses. Something that can't: it refuses too.
    const promote = 'deploy/postgres/promote.sh --old 10.0.0.21:5432';
    expect((await replica.run(promote)).code).toBe(1);
    expect((await replica.run(`${promote} --fence false`)).stderr).toContain('nothing was changed');
    await replica.must(words.block('promote.sh'));
    await until('Anvil writing again', () => writeProject(visitor, account, `after-${Date.now()}`), {
      seconds: 30,
    });

    const counted = await stop();
    expect(counted.get?.lost).toEqual([]);
    const slugs = await allProjects();
    expect(written(counted).filter((id) => !slugs.includes(id))).toEqual([]);
    expect(await Promise.all(servers.apps.map(pidOf))).toEqual(before);
  });

  test('the old primary stays off when its machine is back, until it is made a replica, also at its next start', async () => {
    const [old, current] = servers.databases;
    const status = async () => (await old.must('pg_lsclusters -h')).split(/\s+/)[3];
    const bootAgain = async () => {
      await old.cutPower();
      await old.boot();
    };
    await bootAgain();
    expect(await status()).toBe('down');
    await old.must(words.block('rejoin.sh'));
    await bootAgain();
    expect(await status()).toBe('online,recovery');
    await current.must(words.block('--listen 10.0.0.22 --synchronous'));
    await untilWaitedFor(current);
    expect(await writeProject(visitor, account, 'seen-by-both')).toBe(true);
    const query = "select count(*) from projects where slug = 'seen-by-both'";
    expect(await old.sql(query, 'anvil_prod')).toBe('1');
  });

  test('a standby that is lost holds writes up only until it is told, and is made anew', async () => {
    const [lost, current] = servers.databases;
    await lost.must('systemctl stop postgresql@15-main');
    const held = writeProject(visitor, account, 'held-up').catch(() => false);
    await until('a write waiting', async () => {
      const waiting = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";
      return (await current.sql(waiting)) !== '0';
    });
    const runbook = await wordsOf('docs/runbook.md');
    await current.must(runbook.block('deploy/postgres/standby_lost.sh'));
    await until('writes going on', () => writeProject(visitor, account, `on-${Date.now()}`));
    await held;
    expect(words.block('standby_lost.sh')).toBe(runbook.block('standby_lost.sh'));

    await lost.must(words.block('replica.sh --primary 10.0.0.22:5432'));
    expect(await lost.must(words.block('pg_is_in_recovery()'))).toBe('t\n');
  });

  test('have been made by every command of the page', () => {
    expect(words.untried()).toEqual([]);
  });
});

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const pidOf = async (app: Server) =>
  (await app.must('systemctl show --property=MainPID --value anvil')).trim();

/** The machine finds the name, and believes who signed its certificate. */
async function copyAuthority(server: Server): Promise<void> {
  await server.must(`echo '${servers.balancer.host.address} ${DOMAIN}' >>/etc/hosts`);
  const path = '/usr/local/share/ca-certificates/test.crt';
  await server.must(`cat >${path} && update-ca-certificates`, await must('cat', [ca]));
}

async function untilWaitedFor(primary: Server): Promise<void> {
  await until(
    'the standby being waited for',
    async () =>
      (await primary.sql("select count(*) from pg_stat_replication where sync_state = 'sync'")) === '1',
  );
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
  const { client, balancer } = servers;
  return startLoad(client, { host: balancer.host.address, name: DOMAIN, ca, token: writer, kinds });
}

async function bigWrites(): Promise<LoadKind> {
  const answer = await visitor.ask('/api/v1/projects/playground/prompt_sets', bearer(writer));
  const [set] = (answer.body as { data: { id: string }[] }).data;
  return largeWrites(set?.id ?? '');
}

async function expectNothingLost(counted: Record<string, LoadCount>): Promise<void> {
  console.log(
    Object.entries(counted)
      .map(([name, { sent, lost }]) => `${name}: ${lost.length} of ${sent} lost`)
      .join(', '),
  );
  if (Object.values(counted).some(({ lost }) => lost.length > 0))
    console.log(await servers.balancer.must('journalctl -u haproxy -o cat -n 60 --no-pager'));
  for (const [name, { sent, lost }] of Object.entries(counted)) {
    expect(sent, name).toBeGreaterThan(0);
    expect(lost, name).toEqual([]);
  }
}

async function allProjects(): Promise<string[]> {
  const primary = await Promise.all(
    servers.databases.map((one) => one.sql('select pg_is_in_recovery()').catch(() => '')),
  );
  const one = servers.databases[primary.indexOf('f')];
  return (await one?.sql('select slug from projects', 'anvil_prod'))?.split('\n') ?? [];
}

/** Asks a server past the balancer. @returns the answer's head */
const headOf = (app: Server, path: string): Promise<string> =>
  servers.client.run('curl', [
    ...['-s', '--noproxy', '*', '-D', '-', '-o', '/dev/null', '-H', `Authorization: Bearer ${writer}`],
    `http://${app.host.address}:4000${path}`,
  ]);
const statusOf = (head: string) => Number(/^HTTP\S+ (\d+)/.exec(head)?.[1]);
const healthOf = async (app: Server) => statusOf(await headOf(app, '/health?only=database'));
const isReady = async (app: Server) => statusOf(await headOf(app, '/ready')) === 200;

/** Fetches the prompt past the balancer. */
async function deliveredBy(app: Server): Promise<{ status: number; verifiedAt: string | undefined }> {
  const head = await headOf(app, `${PROMPT}@^1`);
  return { status: statusOf(head), verifiedAt: /^anvil-verified-at: (.*?)\r?$/im.exec(head)?.[1] };
}

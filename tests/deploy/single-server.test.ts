import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import {
  publishFirstPrompt,
  readProjects,
  TEMPLATE,
  writeProject,
  type FirstPrompt,
} from './support/first-prompt.ts';
import { makeMachine, until, type Machine } from './support/machine.ts';
import { startPebble } from './support/pebble.ts';
import { has, must } from './support/shell.ts';
import { getSupplies, NEEDED } from './support/single-server.ts';
import { makeVisitor, type Visitor } from './support/visitor.ts';
import { wordsOf, type Words } from './support/words.ts';

const { version } = packageJson;
const DOMAIN = 'anvil.example.com';
/** What may not differ after a set-up that had nothing to do: files, their times, and processes. */
const SNAPSHOT = `
  find /etc/anvil /etc/nginx /etc/letsencrypt /etc/systemd/system /usr/local/bin /opt/anvil -maxdepth 3 \
    ! -path '*/node_modules/*' ! -path /etc/letsencrypt ! -path '/etc/letsencrypt/.*' ! -type d -printf '%p %T@ %m %u:%g\\n' | sort
  sha256sum /etc/anvil/anvil.env
  systemctl show --property=MainPID --property=ExecMainStartTimestamp anvil nginx postgresql@15-main
  master=$(systemctl show --property=MainPID --value nginx)
  cat "/proc/$master/task/$master/children"`;

/** Milliseconds. One run of the set-up takes half a minute on an idle machine, many times that on a busy one. */
const MOST = 900_000;

describe.skipIf(!has(...NEEDED))('a server set up from nothing', { timeout: MOST }, () => {
  let machine: Machine;
  let words: Words;
  let runbook: Words;
  let visitor: Visitor;
  let firstPrompt: FirstPrompt;
  let setUp: string;
  const cleanUp: (() => Promise<unknown>)[] = [];

  const sayHello = () =>
    machine.must(`export ANVIL_API_KEY=${firstPrompt.token}\n${words.block('/render/')}`);
  const runningRelease = async () => (await machine.must('basename "$(readlink /opt/anvil/current)"')).trim();
  const hello = expect.stringContaining('You answer customers of Acme.');

  beforeAll(async () => {
    const runFolder = inject('runFolder');
    const { debian, shelf, release } = await getSupplies(runFolder);
    words = await wordsOf('docs/deploy/single-server.md');
    runbook = await wordsOf('docs/runbook.md');
    machine = await makeMachine({ debian, shelf, folder: join(runFolder, 'one'), name: 'anvil1' });
    cleanUp.push(() => machine.remove());
    await machine.boot();
    const authority = await startPebble(machine, join(runFolder, 'one'));
    cleanUp.push(() => authority.stop());
    visitor = makeVisitor({ domain: DOMAIN, address: machine.address, rootFile: authority.rootFile });
    await copyFile(join(shelf, release), join(machine.root, 'root', release));
    await machine.must(`echo '127.0.0.1 ${DOMAIN}' >>/etc/hosts`);
    // nodejs.org and Let's Encrypt are played by others here; all else stands as on the page.
    const played = `--node ${machine.shelfUrl} --acme-server ${authority.directory}`;
    setUp = words.block('--domain').trimEnd() + ` ${played}\n`;
  }, MOST);

  afterAll(async () => {
    for (const undo of cleanUp.reverse()) await undo();
  });

  test('serves a published prompt by https after one run, with a certificate of the authority', async () => {
    const said = await machine.must(setUp);
    expect(said).toContain(`runs at https://${DOMAIN}`);
    expect(JSON.parse(await machine.must(words.block('/health')))).toMatchObject({
      app: 'ok',
      database: 'ok',
      cache: 'ok',
    });
    const logged = await machine.must(words.block('set-up code'));
    const setUpCode = /The set-up code: *(\S+)/.exec(logged)?.[1] ?? '';
    expect(said).toContain(setUpCode);
    firstPrompt = await publishFirstPrompt(visitor, { domain: DOMAIN, setUpCode });
    expect(JSON.parse(await sayHello())).toMatchObject({ version: '1.0.0', text: hello });
  });

  test('finds nothing to do in a second run', async () => {
    const before = await machine.must(SNAPSHOT);
    await machine.must(setUp.replace(/^tar .*\n/m, ''));
    expect(await machine.must(SNAPSHOT)).toBe(before);
    expect(before).toMatch(/^\/etc\/anvil\/anvil\.env \S+ 640 root:anvil$/m);
  });

  test('runs Anvil without rights over the machine, reachable through nginx alone', async () => {
    const status = await machine.must(
      'cat "/proc/$(systemctl show --property=MainPID --value anvil)/status"',
    );
    expect(status).not.toMatch(/^Uid:\s+0\b/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    await machine.must(
      'systemd-analyze security --offline=yes --threshold=20 /etc/systemd/system/anvil.service --no-pager',
    );
    const listening = (await machine.must('ss -Hltn')).split('\n').map((line) => line.split(/\s+/)[3] ?? '');
    const open = listening.filter((where) => where !== '' && !/^(127\.|\[::1\])/.test(where));
    // 8053 and 8055 are the name server that the certificate authority asks.
    expect(open.filter((where) => !/:8053$/.test(where)).sort()).toEqual([
      '0.0.0.0:443',
      '0.0.0.0:80',
      '[::]:443',
      '[::]:80',
    ]);
    const roles = await machine.must(
      `cd / && runuser -u postgres -- psql -XtAc "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname like 'anvil%' order by 1"`,
    );
    expect(roles.trim().split('\n')).toEqual(['anvil|f|f|f|f', 'anvil_app|f|f|f|f']);
  });

  test('answers its every-day commands as the page gives them', async () => {
    expect(await machine.must(words.block('systemctl status'))).toContain('active (running)');
    expect(await machine.must(words.block('migrate:status'))).toMatch(/^done +0001-people$/m);
    expect(await machine.must(words.block('config:check'))).toContain('The configuration is right');
    await until('Anvil after its restart', async () => (await visitor.ask('/ready')).status === 200);
  });

  test('does what the runbook says, block by block', async () => {
    const run = (block: string) => machine.must(block);
    const looked = await run(runbook.block('anvil-server migrate:status'));
    expect(looked).toMatch(/"status":"ok"[\s\S]*done +0001-people[\s\S]*The configuration is right/);
    expect(await run(runbook.block('(warn|error|fatal)'))).not.toContain('"level":"info"');
    expect(await run(runbook.block('systemctl status anvil'))).toContain('active (running)');
    expect(await run(runbook.block('pg_lsclusters'))).toMatch(/^15 +main +5432 online[\s\S]*Filesystem/m);
    expect(await run(runbook.block('df -h'))).toContain('Filesystem');
    // The question itself is what runs there.
    expect(await run(runbook.block('pg_stat_activity'))).toMatch(/\bactive\b/);
    await run(`${runbook.block('anvil-server console').trimEnd()} </dev/null`);
    const link = new RegExp(`^https://${DOMAIN}/link\\?token=`, 'm');
    expect(await run(runbook.block('anvil-server user reset-link mara@example.com'))).toMatch(link);
    expect(await run(runbook.block('operator grant'))).toContain('mara@example.com is the operator now');
    // The release that runs created this database.
    const refused = await machine.run(runbook.block('anvil-server rollback 1'));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("didn't bring")]);
    const reverted = await machine.run('anvil-server rollback 1 --delete-data --yes');
    expect(reverted).toMatchObject({ code: 0, stdout: expect.stringContaining('Reverted') });
    expect(reverted.stderr).toContain('Copied the database to /var/lib/anvil/copies/');
    expect(await run('anvil-server migrate')).toContain('Migrated');
    await run(runbook.block('systemctl restart anvil'));
    await until('Anvil after its restart', async () => (await visitor.ask('/ready')).status === 200);
  });

  test('backs up its database, each night and when told', async () => {
    expect(await machine.must('systemctl is-active anvil-backup.timer')).toBe('active\n');
    const said = await machine.must(words.block('systemctl start anvil-backup'));
    expect(said).toMatch(/Verified anvil_\d{8}_\d{6}\.dump[\s\S]*^-rw------- 1 anvil anvil .*\.dump$/m);
  });

  test('proves each week that the backup can be restored, and keeps a base for any moment each night', async () => {
    const backup = await wordsOf('docs/deploy/backup.md');
    await machine.must(backup.block('cat >/etc/anvil/backup.env'));
    // What goes to S3 is tried where there is one, in backup.test.ts.
    await machine.must("sed -i '/^BACKUP_S3_URL=/d' /etc/anvil/backup.env");
    await machine.must(backup.block('/opt/anvil/current/deploy/pitr_setup.sh\n'));
    const bases = async () =>
      (await machine.must(backup.block('--stanza=anvil info'))).match(/^ +(full|incr) backup: /gm)?.length;
    expect(await bases()).toBe(1);

    for (const unit of ['anvil-backup', 'anvil-restore-drill', 'anvil-pitr']) {
      expect(await machine.must(`systemctl is-active ${unit}.timer`)).toBe('active\n');
      const { code } = await machine.run(`systemctl start ${unit}`);
      const said = await machine.must(`journalctl -u ${unit} -o cat --no-pager`);
      expect({ unit, code, said }).toEqual({ unit, code: 0, said });
    }
    expect(await machine.must('journalctl -u anvil-restore-drill -o cat --no-pager')).toMatch(
      /Restored anvil_\d{8}_\d{6}\.dump .*each table as in the backup\.\nThe drill ended well\./,
    );
    expect(await bases()).toBe(2);
    const told = await machine.must(
      'cd /var/lib/prometheus/node-exporter && grep -h _last_run_failed *.prom',
    );
    expect(told.match(/^anvil_\w+ 0$/gm)?.sort()).toEqual([
      'anvil_backup_last_run_failed 0',
      'anvil_pitr_last_run_failed 0',
      'anvil_restore_drill_last_run_failed 0',
    ]);
    expect(await machine.must('pg_lsclusters -h | wc -l; ls /var/tmp | grep drill || true')).toBe('1\n');
  });

  test('has nginx turn http into https, refuse what is too large, and keep the metrics to itself', async () => {
    const plain = await visitor.ask(`http://${DOMAIN}/a?b=c`);
    expect([plain.status, plain.headers.location]).toEqual([301, `https://${DOMAIN}/a?b=c`]);
    const page = await visitor.ask('/sign-in');
    expect([page.status, page.http]).toEqual([200, '2']);
    expect(page.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await visitor.ask('/metrics')).status).toBe(403);
    expect((await visitor.ask('/', { headers: { host: 'another.example.com' } })).status).toBe(421);

    const large = await visitor.ask('/api/v1/resolve', { method: 'POST', body: 'x'.repeat(8_388_609) });
    expect([large.status, large.headers['strict-transport-security']]).toEqual([413, 'max-age=31536000']);
    expect(large.body).toMatchObject({ error: { type: 'payload_too_large', reason: 'payload_too_large' } });
  });

  test('compresses JSON, and knows its ETag again', async () => {
    const authorization = `Bearer ${firstPrompt.token}`;
    const packed = await visitor.ask('/api/v1/openapi.json', { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    const address = '/api/v1/prompts/by_address/playground/first/hello@1.0.0';
    const prompt = await visitor.ask(address, { headers: { authorization } });
    expect(prompt.body).toMatchObject({ prompt: { template: TEMPLATE } });
    const gzip = { authorization, 'accept-encoding': 'gzip' };
    const { etag = '' } = (await visitor.ask(address, { headers: gzip })).headers;
    const again = await visitor.ask(address, { headers: { ...gzip, 'if-none-match': etag } });
    expect([again.status, again.headers.etag]).toEqual([304, etag]);
  });

  test('counts failed sign-ins by the address that nginx sees, not by what a client says of itself', async () => {
    const attempt = (from: string) =>
      visitor.ask('/trpc/accounts.signIn', {
        method: 'POST',
        headers: { 'x-forwarded-for': from, 'sec-fetch-site': 'same-origin' },
        body: { email: 'mara@example.com', password: 'it is not this one' },
      });
    const statuses = [];
    for (let time = 1; time <= 6; time++) statuses.push((await attempt(`198.51.100.${time}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    const elsewhere = await machine.must(
      `curl -sS -o /dev/null -w '%{http_code}' https://${DOMAIN}/trpc/accounts.signIn -H 'Content-Type: application/json' \
         -H 'Sec-Fetch-Site: same-origin' -d '{"email":"mara@example.com","password":"it is not this one"}'`,
    );
    expect(elsewhere).toBe('401');
  });

  test('renews the certificate, and nginx shows the new one', async () => {
    const serial = () =>
      must(...machine.inNetwork('sh', ['-c', `openssl s_client -connect 127.0.0.1:443 -servername ${DOMAIN} </dev/null 2>/dev/null | openssl x509 -noout -serial -issuer`])); // prettier-ignore
    const before = await serial();
    expect(before).toContain('Pebble');
    expect(await machine.must('systemctl is-active certbot.timer')).toContain('active');
    await machine.must('certbot renew --quiet --force-renewal --no-random-sleep-on-renew');
    await until('nginx to show the new certificate', async () => (await serial()) !== before);
    expect((await visitor.ask('/ready')).status).toBe(200);
  });

  test('is back after its process was killed, with all that was acknowledged', async () => {
    const acknowledged: string[] = [];
    let killed = false;
    const kill = async () => {
      await until('some writes', () => Promise.resolve(acknowledged.length >= 5));
      await machine.must('kill -KILL "$(systemctl show --property=MainPID --value anvil)"');
      killed = true;
    };
    const write = async () => {
      for (let number = 1; !killed && number <= 90; number++) {
        const slug = `written-${number}`;
        if (await writeProject(visitor, firstPrompt, slug)) acknowledged.push(slug);
      }
    };
    await Promise.all([kill(), write()]);
    await until('Anvil after a kill', async () => (await visitor.ask('/ready')).status === 200);
    expect(await readProjects(visitor, firstPrompt)).toEqual(expect.arrayContaining(acknowledged));
  });

  test('takes a new release in, puts the old one back when a newer does not start, and goes back by hand', async () => {
    const old = await runningRelease();
    await machine.must(`
      mkdir anvil-next && cp -al /opt/anvil/current/. anvil-next/ && cd anvil-next
      sed --in-place 's/version: "${version}"/version: "9.9.9"/' build/*.mjs
      rm RELEASE && echo next >RELEASE && cd .. && tar -czf anvil-next.tar.gz anvil-next && rm -r anvil-next`);
    expect(await machine.must(words.block('anvil-next.tar.gz'))).toContain('Anvil next runs');
    expect((await visitor.ask('/health')).body).toMatchObject({ version: '9.9.9' });

    const broken = `
      mkdir broken && cp -al /opt/anvil/current/. broken/
      sed --in-place '1i if (process.argv.length < 3) throw new Error("broken on purpose");' broken/build/server.mjs
      rm broken/RELEASE && echo broken >broken/RELEASE
      broken/deploy/single_server_setup.sh`;
    const failed = await machine.run(broken);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/broken on purpose[\s\S]*Release next runs again/);
    expect(await runningRelease()).toBe('next');
    expect(JSON.parse(await sayHello())).toMatchObject({ text: hello });

    // By hand from a release that ends again and again, while systemd waits to start it once more.
    await machine.must(`
      mv /opt/anvil/current/build/server.mjs /root && systemctl restart anvil
      value() { systemctl show --property="$1" --value anvil; }
      until [ "$(value NRestarts)" -ge 5 ] && [ "$(value SubState)" = auto-restart ]; do sleep 0.1; done`);
    expect(await machine.must(words.block('rollback.sh'))).toContain(`Release ${old} runs`);
    expect((await visitor.ask('/health')).body).toMatchObject({ version });
    expect(JSON.parse(await sayHello())).toMatchObject({ text: hello });
  });

  test('is all back after a power cut', async () => {
    await machine.cutPower();
    await machine.boot();
    await until('Anvil after a power cut', async () => (await visitor.ask('/ready')).status === 200);
    expect(JSON.parse(await sayHello())).toMatchObject({ version: '1.0.0', text: hello });
    expect(await readProjects(visitor, firstPrompt)).toContain('written-1');
  });

  test('has been run by every command of the page', () => {
    // A release is made elsewhere: by clone.test.ts.
    expect(words.untried()).toEqual(['npm run -s release\n']);
  });
});

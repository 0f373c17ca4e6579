import { spawn } from 'node:child_process';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { publishFirstPrompt } from './support/first-prompt.ts';
import { makeMachine, until, type Machine } from './support/machine.ts';
import { has } from './support/shell.ts';
import { getSupplies, NEEDED } from './support/single-server.ts';
import { makeVisitor } from './support/visitor.ts';

/** Longer than the 64 characters that a certificate's common name and nginx's table of names hold by themselves. */
const DOMAIN = 'prompts.xn--bcher-kva.a-department-with-a-very-long-name-of-its-own.example.com';
const LISTEN = 'IO::Socket::INET->new(LocalPort => $_, Listen => 9, ReuseAddr => 1)';
const HOLD = `use IO::Socket::INET; my @held = map { ${LISTEN} or die $! } @ARGV; sleep 1 while 1`;

/** Where a set-up is killed, by what can be seen on the machine then. In the order in which it comes by. */
const MOMENTS = [
  ['while packages are unpacked', 'test -e /usr/sbin/nginx'],
  ['while PostgreSQL makes its files', 'test -e /var/lib/postgresql/15/main/PG_VERSION'],
  ['while a release is copied', 'test -d /opt/anvil/releases/.draft/node_modules'],
  ['before the database is made', 'ls /opt/anvil/releases/*/RELEASE'],
  ['before there is a unit', 'test -e /etc/anvil/anvil.env'],
  ['while the release is put in place', 'test -L /opt/anvil/current'],
  ['before nginx has its configuration', 'test -e /etc/anvil/tls/self-signed/privkey.pem'],
] as const;

/** Milliseconds. One run of the set-up takes half a minute on an idle machine, many times that on a busy one. */
const MOST = 900_000;

describe.skipIf(!has(...NEEDED, 'perl'))(
  'a server whose set-up meets with trouble',
  { timeout: MOST },
  () => {
    let machine: Machine;
    let setUp: string;
    const cleanUp: (() => Promise<unknown> | void)[] = [];

    beforeAll(async () => {
      const runFolder = inject('runFolder');
      const { debian, shelf, release } = await getSupplies(runFolder);
      const folder = join(runFolder, 'two');
      machine = await makeMachine({ debian, shelf, folder, name: 'anvil2', hostName: 'Kiste_7.Lager' });
      cleanUp.push(() => machine.remove());
      const holder = spawn(...machine.inNetwork('perl', ['-e', HOLD, '5432', '4000']), { stdio: 'ignore' });
      cleanUp.push(() => void holder.kill('SIGKILL'));
      await machine.boot();
      await until('the ports to be taken', async () =>
        /:4000\b/.test((await machine.run('ss -Hltn')).stdout),
      );
      await copyFile(join(shelf, release), join(machine.root, 'root/anvil.tar.gz'));
      await machine.must('mkdir anvil && tar -xzf anvil.tar.gz -C anvil --strip-components=1');
      const node = (await readdir(shelf)).find((name) => name.startsWith('node-v')) ?? '';
      await copyFile(join(shelf, node), join(machine.root, 'root', node));
      setUp = `/root/anvil/deploy/single_server_setup.sh --domain ${DOMAIN} --node /root/${node}`;
    }, MOST);

    afterAll(async () => {
      for (const undo of cleanUp.reverse()) await undo();
    });

    test.each(MOMENTS)('stops at once when it is killed %s', async (_moment, condition) => {
      // A unit holds all of its processes, so that dpkg and the like die in the same moment.
      const stopped = await machine.must(`
      systemd-run --quiet --unit=setup --property=Type=exec --setenv=PATH="$PATH" ${setUp}
      until ${condition} >/dev/null 2>&1; do
        systemctl --quiet is-active setup.service || break
        sleep 0.05
      done
      systemctl kill --signal=KILL setup.service
      while systemctl --quiet is-active setup.service; do sleep 0.05; done
      systemctl show --property=Result --value setup.service
      systemctl reset-failed setup.service`);
      expect(stopped.trim()).toBe('signal');
    });

    test('is whole after one more run, beside those who had its ports', async () => {
      const said = await machine.must(setUp);
      expect(await machine.must('dpkg --audit; ls -A /opt/anvil/releases')).not.toContain('draft');
      const environment = await machine.must('cat /etc/anvil/anvil.env');
      expect(environment).toMatch(
        /^DATABASE_URL=postgres:\/\/anvil:[0-9a-f]{48}@127\.0\.0\.1:5433\/anvil_prod$/m,
      );
      expect(environment).toMatch(/^PORT=4001$/m);
      expect(environment.match(/^SE\w+=[0-9a-f]{64}$/gm)).toHaveLength(3);

      const rootFile = join(machine.root, 'etc/anvil/tls/self-signed/fullchain.pem');
      const visitor = makeVisitor({ domain: DOMAIN, address: machine.address, rootFile });
      const setUpCode = /The set-up code: *(\S+)/.exec(said)?.[1] ?? '';
      const { token } = await publishFirstPrompt(visitor, { domain: DOMAIN, setUpCode });
      const answer = await visitor.ask('/api/v1/prompts/by_address/playground/first/hello', {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.body).toMatchObject({ prompt: { version: '1.0.0' } });
    });

    test('passes events on one by one', async () => {
      // In Anvil's place somebody whose second event comes when the first one has been seen.
      const standIn = `
      let go; require("http").createServer((request, reply) => {
        if (request.url === "/go") { go(); return reply.end(); }
        reply.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\\n\\n");
        go = () => reply.end("data: two\\n\\n");
      }).listen(4001, "127.0.0.1")`;
      await machine.must('systemctl stop anvil');
      const run = 'systemd-run --quiet --unit=stand-in /opt/anvil/node/current/bin/node -e';
      await machine.must(`${run} '${standIn.replaceAll('\n', ' ')}'`);
      const curl = `curl -sSN --insecure --retry 20 --retry-connrefused --retry-delay 1 --resolve ${DOMAIN}:443:127.0.0.1 https://${DOMAIN}`;
      const seen = await machine.must(`
      ${curl}/api/v1/events | while read -r line; do
        echo "$line"
        if [ "$line" = 'data: one' ]; then ${curl}/go; fi
      done`);
      expect(seen.match(/data: \w+/g)).toEqual(['data: one', 'data: two']);
      await machine.must('systemctl stop stand-in && systemctl start anvil');
    });

    test('says what stands in the way of a certificate, and serves on without', async () => {
      const { code, stderr } = await machine.run(
        `${setUp} --email a@example.com --acme-server https://127.0.0.1:9/dir`,
      );
      expect(code).toBe(3);
      expect(stderr).toContain('There is no certificate');
      expect(await machine.must('readlink /etc/anvil/tls/current')).toContain('self-signed');
    });

    test.each([
      ['an address for a name', '--domain https://anvil.example.com', 'a full host name'],
      ['an option it does not know', '--domian anvil.example.com', 'no option --domian'],
      ['a release that is none', '--release /etc', 'is no release'],
      ['a Node.js that is none', '--node /root/anvil.tar.gz', 'holds no Node.js'],
    ])('refuses %s, and leaves all as it is', async (_what, options, reason) => {
      const before = await machine.must('readlink /opt/anvil/current /opt/anvil/node/current');
      const { code, stderr } = await machine.run(`${setUp} ${options}`);
      expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
      expect(await machine.must('readlink /opt/anvil/current /opt/anvil/node/current')).toBe(before);
      expect(await machine.must('systemctl is-active anvil nginx')).toBe('active\nactive\n');
    });
  },
);

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { makeMachine, type Machine } from './support/machine.ts';
import { has, must, ROOT } from './support/shell.ts';
import { getSupplies, NEEDED } from './support/single-server.ts';

const DOMAIN = 'anvil.example.com';
/** Milliseconds. One run of the set-up takes half a minute on an idle machine, many times that on a busy one. */
const MOST = 900_000;

/** A machine of its own, which deploys to itself: first as it is, then by ssh as from anywhere. */
describe.skipIf(!has(...NEEDED))('production.sh on one server', { timeout: MOST }, () => {
  let machine: Machine;
  let first: string;
  const cleanUp: (() => Promise<unknown>)[] = [];

  const deploy = (release: string, how = '') =>
    machine.run(`cd /root/clone && export DEPLOY_TARGET=server APP_URL=https://${DOMAIN} SMOKE_SECONDS=20
      export CURL_CA_BUNDLE=/etc/anvil/tls/self-signed/fullchain.pem
      ${how}
      deploy/production.sh ${release}`);
  const current = async () => (await machine.must('basename "$(readlink /opt/anvil/current)"')).trim();
  const page = () =>
    machine.must(
      `curl -sS -o /dev/null -w '%{http_code}' --cacert /etc/anvil/tls/self-signed/fullchain.pem https://${DOMAIN}/sign-in`,
    );
  /** Another release: the same with a line of bash done to it. */
  const makeRelease = (name: string, change: string) =>
    machine.must(`cd /root/clone/dist && rm -rf /root/next && mkdir /root/next &&
      tar -xzf anvil-${first}.tar.gz -C /root/next && mv /root/next/anvil-* /root/next/anvil-${name} &&
      cd /root/next/anvil-${name} && echo ${name} >RELEASE && ${change} &&
      tar -czf /root/clone/dist/anvil-${name}.tar.gz -C /root/next anvil-${name}`);
  const bySsh = `export DEPLOY_HOST=root@127.0.0.1 DEPLOY_SSH_KEY="$(cat /root/key)"
      export DEPLOY_KNOWN_HOSTS="$(ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null)"`;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anvil-production-'));
    cleanUp.push(() => rm(folder, { recursive: true, force: true }));
    const { debian, shelf, release } = await getSupplies(inject('runFolder'));
    first = release.replace(/^anvil-|\.tar\.gz$/g, '');
    machine = await makeMachine({ debian, folder: join(folder, 'one'), shelf, name: 'anvilp' });
    cleanUp.push(() => machine.remove());
    const [node = ''] = (await must('ls', [shelf])).split('\n').filter((name) => name.startsWith('node-v'));
    const clone = join(machine.root, 'root/clone');
    // A machine that has a Node.js already: nodejs.org is not reached from here.
    await must('tar', ['-xzf', join(shelf, node), '-C', join(machine.root, 'usr'), '--strip-components=1']);
    await must('mkdir', ['-p', join(clone, 'dist')]);
    await must('cp', ['-r', join(ROOT, 'deploy'), join(ROOT, 'package.json'), clone]);
    await must('cp', [join(shelf, release), join(clone, 'dist')]);
    await machine.boot();
    await machine.must(`echo '127.0.0.1 ${DOMAIN}' >>/etc/hosts
      export DEBIAN_FRONTEND=noninteractive
      apt-get update -qq && apt-get install -y -qq --no-install-recommends openssh-server openssh-client </dev/null
      ssh-keygen -q -t ed25519 -N '' -f /root/key
      install -d -m 700 /root/.ssh && cp /root/key.pub /root/.ssh/authorized_keys
      systemctl restart ssh`);
  }, MOST);

  afterAll(async () => {
    for (const undo of cleanUp.reverse()) await undo();
  });

  test('sets the machine up with the first release', async () => {
    const { code, stdout, stderr } = await deploy(first, `export DEPLOY_DOMAIN=${DOMAIN}`);
    if (code !== 0) throw new Error(`Ended with ${code}:\n${stdout}${stderr}`);
    expect(stdout).toContain(`— ${first} serves`);
    expect(await current()).toBe(first);
  });

  test('puts the next release in place by ssh', async () => {
    await makeRelease('second', 'true');
    const { code, stdout, stderr } = await deploy('second', bySsh);
    if (code !== 0) throw new Error(`Ended with ${code}:\n${stdout}${stderr}`);
    expect(stdout).toContain(`root@127.0.0.1: ${first}`);
    expect(await current()).toBe('second');
    expect(await machine.must('ls -d /var/tmp/anvil-release.* 2>/dev/null || true')).toBe('');
  });

  test('goes back from a release that starts and does not work', async () => {
    await makeRelease('broken', 'rm build/client/assets/*.css');
    const { code, stdout, stderr } = await deploy('broken', bySsh);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain('not so: a page is served');
    expect(stdout).toContain('What ran before runs again.');
    expect([await current(), await page()]).toEqual(['second', '200']);
  });

  test('leaves what runs as it is when a release does not start', async () => {
    await makeRelease('dead', `echo 'process.exit(1);' >build/server.mjs`);
    const { code, stderr } = await deploy('dead', bySsh);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain('second runs, as before.');
    expect([await current(), await page()]).toEqual(['second', '200']);
  });
});

import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { makeApartNetwork, type ApartNetwork } from './support/apart-network.ts';
import type { Docker } from './support/docker.ts';
import { IMAGE, IMAGE_TIMEOUT, startDockerWithImage } from './support/image.ts';
import { firstFiveMinutes, type Journey } from './support/journey.ts';
import { until } from './support/machine.ts';
import { makeAnvilDatabase, startPostgres } from './support/postgres.ts';
import { has, must, ROOT } from './support/shell.ts';
import { wordsOf, type Words } from './support/words.ts';

/** Another release, and one that does not start. */
const NEXT = 'anvil/app:next';
const BROKEN = 'anvil/app:broken';
const PATIENT = { timeout: 900_000 };

interface Gateway {
  Containers: Record<string, { Name: string; IPv4Address: string }>;
}

// A swarm of one machine, in a network of its own.
describe.skipIf(!has('root', 'dockerd', 'mmdebstrap', 'runuser'))('Docker Swarm', () => {
  let docker: Docker;
  let network: ApartNetwork;
  let words: Words;
  let runbook: Words;
  let folder: string;
  let env: Record<string, string>;
  let journey: Journey;
  /** Undoes what was made, the last first. */
  const undo: (() => Promise<unknown>)[] = [];

  /** Where each copy is reached, also those that start or end. */
  const copies = async () => {
    const [{ Containers: ends }] = JSON.parse(
      await docker.run(['network', 'inspect', 'docker_gwbridge']),
    ) as [Gateway];
    return Object.values(ends)
      .filter(({ Name: name }) => name !== 'gateway_ingress-sbox')
      .map(({ IPv4Address: address }) => `http://${address.split('/')[0]}:4000`);
  };
  /** Those to which traffic may come. */
  const readyCopies = async () => {
    const all = await copies();
    const isReady = (url: string) =>
      fetch(`${url}/ready`, { signal: AbortSignal.timeout(10_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
    const ready = await Promise.all(all.map(isReady));
    return all.filter((_, index) => ready[index]);
  };
  /** The containers that are healthy, with their images: `ID IMAGE`. */
  const healthy = async () => {
    const filters = ['--filter', 'name=anvil_app', '--filter', 'health=healthy'];
    const output = await docker.run(['ps', ...filters, '--format', '{{.ID}} {{.Image}}']);
    return output.split('\n').filter(Boolean).sort();
  };
  /** Runs a block of docs/deploy/docker.md as it stands there, with other values in its variables. */
  const asWritten = (block: string, values: Record<string, string> = {}) =>
    must('bash', ['-euo', 'pipefail', '-c', block], { cwd: folder, env: { ...env, ...values } });
  /** Runs what replaces both copies. @returns how often it was looked, and how often no copy was ready meanwhile */
  const replaceCopies = async (work: () => Promise<unknown>) => {
    const before = await healthy();
    let isOver = false;
    const over = work().finally(() => (isOver = true));
    const looks = { all: 0, none: 0 };
    while (!isOver) {
      looks.all += 1;
      if ((await readyCopies()).length === 0) looks.none += 1;
      await sleep(200);
    }
    await over;
    await until('two new copies, alone', async () => {
      const now = await healthy();
      return now.length === 2 && now.every((one) => !before.includes(one)) && (await copies()).length === 2;
    });
    const ids = before.map((one) => one.split(' ')[0] ?? '');
    const codes = await docker.run(['inspect', '-f', '{{.State.ExitCode}}', ...ids]);
    expect(codes.trim().split('\n')).toEqual(['0', '0']);
    return looks;
  };
  const images = async () => (await healthy()).map((one) => one.split(' ')[1]);

  beforeAll(async () => {
    network = await makeApartNetwork();
    undo.push(() => network.remove());
    docker = await startDockerWithImage(inject('runFolder'), network.namespace);
    undo.push(() => docker.stop());
    // The swarm makes this bridge by itself; here its addresses have to be those that this machine has a way to.
    await must('ip', [
      ...['netns', 'exec', network.namespace],
      'iptables',
      '-I',
      'DOCKER-USER',
      '-j',
      'ACCEPT',
    ]);
    const bridge = ['--opt', 'com.docker.network.bridge.name=docker_gwbridge', 'docker_gwbridge'];
    await docker.run(['network', 'create', '--subnet', network.subnet, ...bridge]);
    undo.push(() => docker.try(['network', 'rm', 'docker_gwbridge']));
    // A busy machine is not taken for a lost one, whose copies would be started again.
    const patience = ['--dispatcher-heartbeat', '60s'];
    await docker.run(['swarm', 'init', '--advertise-addr', network.address, ...patience]);
    undo.push(() => docker.try(['swarm', 'leave', '--force']));
    for (const [name, change] of [
      [NEXT, 'LABEL next=true'],
      [BROKEN, 'CMD ["node", "-e", "process.exit(1)"]'],
    ] as const)
      await docker.run(['build', '--quiet', '--tag', name, '-'], { input: `FROM ${IMAGE}\n${change}\n` });

    // Outside of the swarm, as the page says.
    const database = await startPostgres({ host: network.gateway });
    undo.push(() => database.remove());
    // The proxy in front: each connection goes to a copy that is ready.
    let turn = 0;
    const door = createServer((visitor) => {
      visitor.on('error', () => undefined);
      void readyCopies().then((ready) => {
        const url = new URL(ready[turn++ % ready.length] ?? 'http://127.0.0.1:1');
        const copy = connect(Number(url.port), url.hostname);
        copy.on('error', () => visitor.destroy());
        visitor.pipe(copy).pipe(visitor);
      });
    }).listen(0, 'localhost');
    await once(door, 'listening');
    undo.push(async () => door.close());

    words = await wordsOf('docs/deploy/docker.md');
    runbook = await wordsOf('docs/runbook.md');
    folder = join(inject('runFolder'), 'swarm');
    await mkdir(join(folder, 'bin'), { recursive: true });
    undo.push(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'deploy'));
    for (const name of ['', '.smtp', '.resend', '.sentry', '.previous'])
      await cp(join(ROOT, `deploy/stack${name}.yml`), join(folder, `deploy/stack${name}.yml`));
    // Debian's, whatever else this machine has.
    await writeFile(join(folder, 'bin/docker'), '#!/bin/sh\nexec /usr/bin/docker "$@"\n', { mode: 0o755 });
    env = {
      ...docker.env,
      PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
      APP_URL: `http://localhost:${(door.address() as AddressInfo).port}`,
      ANVIL_IMAGE: IMAGE,
      DRAIN_SECONDS: '2',
      DATABASE_URL: `${await makeAnvilDatabase(database)}?sslmode=disable`,
    };
  }, IMAGE_TIMEOUT);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  test('wants to know the image and the address', async () => {
    const line = words.block('docker stack deploy --compose-file deploy/stack.yml anvil');
    await expect(asWritten(line, { ANVIL_IMAGE: '' })).rejects.toThrow('set ANVIL_IMAGE');
    await expect(asWritten(line, { APP_URL: '' })).rejects.toThrow('set APP_URL');
  });

  test('starts two copies with their secrets as files, by the lines of docs/deploy/docker.md', async () => {
    await asWritten(words.block('docker secret create anvil_database_url'));
    await asWritten(words.block('docker stack deploy --compose-file deploy/stack.yml anvil'));
    await until('two healthy copies', async () => (await healthy()).length === 2);
    const service = await docker.run(['service', 'inspect', 'anvil_app']);
    expect(service).not.toContain(env.DATABASE_URL);
    expect(service).toContain('/run/secrets/anvil_database_url');
    const [one = ''] = (await healthy()).map((line) => line.split(' ')[0]);
    const look = `const { statSync } = require('node:fs');
      const { uid, mode } = statSync('/run/secrets/anvil_secret_key_base');
      console.log(process.getuid(), uid, (mode & 0o777).toString(8), Object.keys(process.env).join())`;
    const [user, owner, mode, names] = (await docker.run(['exec', one, 'node', '-e', look])).split(' ');
    expect([user, owner, mode]).toEqual(['10001', '10001', '400']);
    expect(names).not.toMatch(/DATABASE_URL(,|$)|SECRET_KEY_BASE(,|$)/);
  });

  test('takes what not everybody has from secrets too, by a file each', PATIENT, async () => {
    const written = words.block('docker secret create anvil_smtp_password');
    const like = (variable: string, file: string) =>
      written
        .replaceAll('SMTP_PASSWORD', variable)
        .replaceAll('smtp_password', variable.toLowerCase())
        .replaceAll('stack.smtp', `stack.${file}`);
    /** The secrets of a copy, by name, and whether the environment holds one of them. */
    const secretsOf = async () => {
      const [one = ''] = (await healthy()).map((line) => line.split(' ')[0]);
      const look = `const { readdirSync, readFileSync } = require('node:fs');
        const names = readdirSync('/run/secrets');
        const texts = names.map((name) => readFileSync('/run/secrets/' + name, 'utf8'));
        console.log(JSON.stringify({
          secrets: Object.fromEntries(names.map((name, index) => [name, texts[index]])),
          open: Object.keys(process.env).filter((name) => texts.includes(process.env[name])),
          files: Object.keys(process.env).filter((name) => name.endsWith('_FILE')) }))`;
      return JSON.parse(await docker.run(['exec', one, 'node', '-e', look])) as {
        secrets: Record<string, string>;
        open: string[];
        files: string[];
      };
    };

    // The name to sign in with is refused without its password.
    const smtp = { SMTP_HOST: 'mail.acme.com', SMTP_USERNAME: 'anvil', FROM_EMAIL: 'anvil@acme.com' };
    await replaceCopies(() => asWritten(written, { ...smtp, SMTP_PASSWORD: 'p4ss of the mails' }));
    const mailing = await secretsOf();
    expect(mailing.secrets).toMatchObject({ anvil_smtp_password: 'p4ss of the mails' });
    expect([mailing.open, mailing.files]).toEqual([[], expect.arrayContaining(['SMTP_PASSWORD_FILE'])]);

    const dsn = 'https://k3y@errors.acme.com/7';
    await replaceCopies(async () => {
      await asWritten(like('SENTRY_DSN', 'sentry').split('\n')[0] ?? '', { SENTRY_DSN: dsn });
      const both = like('RESEND_API_KEY', 'resend').replace(
        ' anvil\n',
        ' --compose-file deploy/stack.sentry.yml anvil\n',
      );
      await asWritten(both, { FROM_EMAIL: 'anvil@acme.com', RESEND_API_KEY: 're_k3y' });
    });
    const sending = await secretsOf();
    expect(sending.secrets).toMatchObject({ anvil_resend_api_key: 're_k3y', anvil_sentry_dsn: dsn });
    expect(Object.keys(sending.secrets)).not.toContain('anvil_smtp_password');
    expect(sending.open).toEqual([]);
    expect(sending.files).toEqual(expect.arrayContaining(['RESEND_API_KEY_FILE', 'SENTRY_DSN_FILE']));
  });

  test('runs them read-only, without capabilities, in 512 MiB', async () => {
    const [one = ''] = (await healthy()).map((line) => line.split(' ')[0]);
    const format = '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Memory}}';
    expect((await docker.run(['inspect', '-f', format, one])).trim()).toBe('true [ALL] 536870912');
  });

  test('serves the first five minutes, and the prompt from each copy', async () => {
    journey = await firstFiveMinutes(env.APP_URL ?? '');
    const ready = await readyCopies();
    expect(ready).toHaveLength(2);
    for (const url of ready) expect(await journey.fetchPrompt(url)).toContain('{{ question }}');
  });

  test('keeps people signed in while SECRET_KEY_BASE is changed', PATIENT, async () => {
    const url = env.APP_URL ?? '';
    const headers = { cookie: journey.cookie, connection: 'close' };
    /** Asks both copies, since each connection goes to the next one. */
    const starts = async () => {
      const answers = [1, 2].map(() => fetch(url, { headers, redirect: 'manual' }));
      return (await Promise.all(answers)).map((answer) => answer.headers.get('location')?.slice(0, 3));
    };
    const configuration = await wordsOf('docs/configuration.md');
    const announce = configuration.block('docker secret create anvil_secret_key_base_2');
    const first = await replaceCopies(() => asWritten(announce));
    expect(await starts()).toEqual(['/o/', '/o/']);
    const change = configuration.block('export SECRET_KEY_BASE_SECRET');
    const second = await replaceCopies(() => asWritten(change));
    expect(await starts()).toEqual(['/o/', '/o/']);
    expect([first.none, second.none]).toEqual([0, 0]);
  });

  // Behind that port is the kernel's IPVS. So each request of the other tests goes to a copy itself.
  test.skipIf(!existsSync('/proc/net/ip_vs'))(
    'answers on the port that every machine publishes',
    async () => {
      expect(await journey.fetchPrompt(`http://${network.address}:4000`)).toContain('{{ question }}');
    },
  );

  test(
    'restarts them one by one: one is ready at every moment, and the old ones end with 0',
    PATIENT,
    async () => {
      const looks = await replaceCopies(() =>
        asWritten(runbook.block('docker service update --force anvil_app')),
      );
      expect(looks.all).toBeGreaterThan(10);
      expect(looks.none).toBe(0);
      expect(await images()).toEqual([IMAGE, IMAGE]);
    },
  );

  test('goes to another release in the same way, and back to the one before', PATIENT, async () => {
    const update = words.block('docker service update --image');
    const there = await replaceCopies(() => asWritten(update, { ANVIL_IMAGE: NEXT }));
    expect(await images()).toEqual([NEXT, NEXT]);
    const back = await replaceCopies(() => asWritten(runbook.block('docker service rollback anvil_app')));
    expect(await images()).toEqual([IMAGE, IMAGE]);
    expect([there.none, back.none]).toEqual([0, 0]);
    expect(await journey.fetchPrompt()).toContain('{{ question }}');
  });

  test('takes back a release that does not start, by itself', async () => {
    const before = await healthy();
    const update = words.block('docker service update --image');
    expect(await asWritten(update, { ANVIL_IMAGE: BROKEN })).toContain('update rolled back due to failure');
    const state = await docker.run(['service', 'inspect', '-f', '{{.UpdateStatus.State}}', 'anvil_app']);
    expect(state.trim()).toBe('rollback_completed');
    expect(await healthy()).toEqual(before);
    expect(await journey.fetchPrompt()).toContain('{{ question }}');
  });
});

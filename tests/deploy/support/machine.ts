import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAptProxy } from './apt-proxy.ts';
import { unpackDebian } from './debian.ts';
import { must, sh, type ShellResult } from './shell.ts';
import { makeWhole, type Undo } from './whole.ts';

/** A booted Debian 12 with systemd, a network of its own, and Debian's mirror as its only way out. */
export interface Machine {
  /** Where it is reached from here. */
  address: string;
  /** This machine, as seen from there. */
  gateway: string;
  /** `http://…` of the files in `shelf`, as seen from there. */
  shelfUrl: string;
  /** Its `/`, from here; while it runs, only to read or to add files. */
  root: string;
  boot(): Promise<void>;
  /** As if the plug were pulled. */
  cutPower(): Promise<void>;
  /** Runs a line of bash in it, as root and with nothing of this machine's environment. */
  run(line: string, input?: string): Promise<ShellResult>;
  /** Like `run`. @throws with all of its output when it doesn't exit with 0 */
  must(line: string, input?: string): Promise<string>;
  /** A program of this machine in the network of that one: [program, …arguments]. */
  inNetwork(program: string, args: readonly string[]): [string, string[]];
  remove(): Promise<void>;
}

export interface MachineInput {
  /** From `makeDebian`. */
  debian: string;
  /** Its files; made, and removed with it. */
  folder: string;
  /** Packages and what else it may fetch. */
  shelf: string;
  /** Short, and different for each that is there at once; also names its network. */
  name: string;
  hostName?: string;
}

const PACKAGES = ['systemd-sysv', 'dbus', 'libpam-systemd', 'ca-certificates', 'iproute2'];
const PROPAGATE = '/run/systemd/nspawn';

/** Makes the files of a fresh Debian 12. Machines only lay their own over it. @returns the folder */
export async function makeDebian(folder: string): Promise<string> {
  await unpackDebian(folder, 'minbase', PACKAGES);
  return folder;
}

/** Makes a machine that has never run. `boot` starts it. */
export function makeMachine(input: MachineInput): Promise<Machine> {
  return makeWhole(async (undo, remove) => {
    const { folder, name } = input;
    const root = join(folder, 'root');
    let unshield = () => Promise.resolve();
    undo(() => rm(folder, { recursive: true, force: true }));
    undo(() => unshield());
    for (const part of ['root', 'upper', 'work']) await mkdir(join(folder, part), { recursive: true });
    const layers = `lowerdir=${input.debian},upperdir=${join(folder, 'upper')},workdir=${join(folder, 'work')}`;
    await must('mount', ['-t', 'overlay', 'overlay', '-o', layers, root]);
    undo(() => must('umount', [root]));
    const network = await makeNetwork(name, undo);
    const proxy = await startAptProxy(network.gateway, input.shelf);
    undo(() => proxy.close());
    // What an installer writes, and mmdebstrap doesn't.
    await writeFile(join(root, 'etc/hostname'), `${input.hostName ?? name}\n`);
    await writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${input.hostName ?? name}\n`);
    const apt = `Acquire::http::Proxy "${proxy.url}";\nAcquire::Languages "none";\n`;
    await writeFile(join(root, 'etc/apt/apt.conf.d/90test'), apt);
    // These machines lose nothing but their processes: dpkg need not wait for the disk.
    await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/90test'), 'force-unsafe-io\n');

    let container: ChildProcess | undefined;
    let leader = 0;
    const enter = (line: string): [string, string[]] => {
      const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
      const clean = ['env', '-i', '-C', '/root', path, 'HOME=/root'];
      return ['nsenter', ['-t', String(leader), '-a', ...clean, 'bash', '-c', line]];
    };
    const machine: Machine = {
      ...network,
      shelfUrl: proxy.url,
      root,
      boot: async () => {
        const place = ['-D', root, `--machine=${name}`];
        const own = ['--register=no', '--keep-unit', `--network-namespace-path=/run/netns/${name}`];
        unshield = (await shieldPropagation()) ?? unshield;
        container = spawn('systemd-nspawn', [...place, ...own, '--console=pipe', '-b'], {
          detached: true,
          stdio: 'ignore',
        });
        leader = await leaderOf(container);
        await until(`${name} to boot`, async () => {
          const { stdout } = await machine.run('systemctl is-system-running');
          return /^(running|degraded)/.test(stdout);
        });
      },
      cutPower: async () => {
        if (!container || container.exitCode !== null || container.signalCode !== null) return;
        const ended = once(container, 'exit');
        // Without a first process the boot has failed: what should have started it goes.
        if (leader) process.kill(leader, 'SIGKILL');
        else container.kill('SIGKILL');
        await ended;
        leader = 0;
      },
      run: (line, text) => sh(...enter(line), { input: text ?? '' }),
      must: (line, text) => must(...enter(line), { input: text ?? '' }),
      inNetwork: (program, args) => ['ip', ['netns', 'exec', name, program, ...args]],
      remove,
    };
    undo(() => machine.cutPower());
    return machine;
  });
}

/** Asks until it is so. @throws after a time that is too long on any machine */
export async function until(what: string, isSo: () => Promise<boolean>, seconds = 300): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}`);
    await sleep(200);
  }
}

/** A wire between this machine and a namespace of its own: 10.213.N.1 here, 10.213.N.2 there. */
async function makeNetwork(name: string, undo: Undo): Promise<{ address: string; gateway: string }> {
  const { stdout: taken } = await sh('ip', ['-o', '-4', 'address']);
  const number = Array.from({ length: 250 }, (_, index) => index + 1).find(
    (candidate) => !taken.includes(`10.213.${candidate}.`),
  );
  const [gateway, address] = [`10.213.${number}.1`, `10.213.${number}.2`];
  const here = `${name}-host`;
  await must('ip', ['netns', 'add', name]);
  undo(() => must('ip', ['netns', 'delete', name]));
  await must('ip', ['link', 'add', here, 'type', 'veth', 'peer', 'name', 'host0', 'netns', name]);
  // At once: with its namespace alone it would go when the kernel gets round to it.
  undo(() => must('ip', ['link', 'delete', here]));
  await must('ip', ['address', 'add', `${gateway}/30`, 'dev', here]);
  await must('ip', ['link', 'set', here, 'up']);
  await must('ip', ['-n', name, 'address', 'add', `${address}/30`, 'dev', 'host0']);
  await must('ip', ['-n', name, 'link', 'set', 'host0', 'up']);
  await must('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return { address, gateway };
}

/**
 * systemd-nspawn hands mounts on by this folder, which has to be a mount of its own. Nothing is ever written to it.
 *
 * @returns what takes the mount away again; undefined when it was there
 */
async function shieldPropagation(): Promise<(() => Promise<void>) | undefined> {
  await mkdir(PROPAGATE, { recursive: true });
  if ((await sh('mountpoint', ['-q', PROPAGATE])).code === 0) return undefined;
  await must('mount', ['-t', 'tmpfs', 'tmpfs', PROPAGATE]);
  return async () => void (await must('umount', [PROPAGATE]));
}

/** The first process of the container: the only child of systemd-nspawn. */
async function leaderOf(container: ChildProcess): Promise<number> {
  const { pid } = container;
  let leader = 0;
  await until('the first process of a machine', async () => {
    if (container.exitCode !== null) throw new Error(`systemd-nspawn ended with ${container.exitCode}`);
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    leader = Number(text.trim().split(' ')[0]);
    if (!leader) return false;
    const comm = await readFile(`/proc/${leader}/comm`, 'utf8').catch(() => '');
    return comm.trim() === 'systemd';
  });
  return leader;
}

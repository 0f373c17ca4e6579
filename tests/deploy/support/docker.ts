import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { must, sh, type ShellOptions, type ShellResult } from './shell.ts';

/** A Docker engine of the test's own. */
export interface Docker {
  /** What `docker` and `docker-compose` need to reach it, and nothing else of this machine's settings. */
  env: Record<string, string>;
  /** Runs `docker …`. @returns what it printed. @throws when it doesn't exit with 0 */
  run(args: readonly string[], options?: ShellOptions): Promise<string>;
  /** Runs `docker …` to whatever end. */
  try(args: readonly string[], options?: ShellOptions): Promise<ShellResult>;
  /** Stops the engine with all that runs in it. Images stay in the folder. */
  stop(): Promise<void>;
}

/** Debian's own: another docker may stand before it in PATH, and wants another engine. */
const DOCKER = '/usr/bin/docker';

const NO_RULES = ['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false'];

/**
 * Starts Debian's dockerd. It changes no rule of this machine's firewall: containers reach each other, and published
 * ports go through Docker's own proxy. In a namespace of its own it does as it does everywhere.
 *
 * @param folder of images and volumes, kept when the engine stops
 * @param namespace of the network that the engine lives in, when it is not this machine's
 */
export async function startDocker(folder: string, namespace?: string): Promise<Docker> {
  await mkdir(folder, { recursive: true });
  // Sockets have short names.
  const place = await mkdtemp(join(tmpdir(), 'anvil-dockerd-'));
  const socket = `unix://${join(place, 'docker.sock')}`;
  const log = join(place, 'log');
  const output = openSync(log, 'w');
  // Not `ip netns exec`, which hides the control groups.
  const apart = namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`];
  const [program = '', ...args] = [...apart, '/usr/sbin/dockerd'];
  const daemon = spawn(
    program,
    [
      ...args,
      ...['--data-root', folder, '--exec-root', join(place, 'exec')],
      ...['-H', socket, '--pidfile', join(place, 'pid')],
      ...(namespace === undefined ? NO_RULES : []),
      ...['--default-ulimit', 'nofile=20000:20000'],
    ],
    { stdio: ['ignore', output, output] },
  );
  closeSync(output);
  const env = { DOCKER_HOST: socket, DOCKER_CONFIG: join(place, 'config'), DOCKER_BUILDKIT: '0' };
  const docker: Docker = {
    env,
    run: (args, options) => must(DOCKER, args, { ...options, env: { ...env, ...options?.env } }),
    try: (args, options) => sh(DOCKER, args, { ...options, env: { ...env, ...options?.env } }),
    stop: async () => {
      if (daemon.exitCode === null) {
        const { stdout } = await docker.try(['ps', '--quiet']);
        const running = stdout.split('\n').filter(Boolean);
        if (running.length > 0) await docker.try(['kill', ...running]);
        const ended = once(daemon, 'exit');
        daemon.kill('SIGTERM');
        await ended;
      }
      // A container on the host's network (a build is one) leaves its network mounted, a swarm several.
      for (const line of (await readFile('/proc/mounts', 'utf8')).split('\n')) {
        const [, folderOfMount = ''] = line.split(' ');
        if (folderOfMount.startsWith(`${place}/`)) await sh('umount', ['--lazy', folderOfMount]);
      }
      await rm(place, { recursive: true, force: true });
    },
  };
  for (let attempt = 0; (await docker.try(['version'])).code !== 0; attempt++) {
    if (daemon.exitCode !== null || attempt > 600) {
      const words = await readFile(log, 'utf8');
      await docker.stop();
      throw new Error(`dockerd did not start:\n${words.slice(-4_000)}`);
    }
    await sleep(200);
  }
  return docker;
}

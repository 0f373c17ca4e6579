import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeBaseImages } from './base-images.ts';
import { startDocker, type Docker } from './docker.ts';
import { ROOT } from './shell.ts';

/** The image under test. */
export const IMAGE = 'anvil/app:test';
/** For beforeAll, in milliseconds: base images and packages are fetched, and everything is built. */
export const IMAGE_TIMEOUT = 1_200_000;
export const REVISION = '0123456789abcdef0123456789abcdef01234567';

/**
 * Starts an engine that has Anvil's image, built from this clone once in a run. `stop()` it in afterAll.
 *
 * @param namespace of the network that it lives in, when it is not this machine's
 */
export async function startDockerWithImage(runFolder: string, namespace?: string): Promise<Docker> {
  const folder = join(runFolder, 'docker');
  if (!existsSync(folder)) await buildImage(folder);
  return startDocker(folder, namespace);
}

/** On this machine's network, by which packages are fetched. */
async function buildImage(folder: string): Promise<void> {
  const docker = await startDocker(folder);
  try {
    await makeBaseImages(docker);
    const args = ['--build-arg', 'VERSION=0.0.0-test', '--build-arg', `REVISION=${REVISION}`];
    await docker.run(['build', '--quiet', '--network', 'host', '--tag', IMAGE, ...args, ROOT]);
  } finally {
    await docker.stop();
  }
}

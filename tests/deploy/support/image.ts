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

/** Starts an engine that has Anvil's image, built from this clone once in a run. `stop()` it in afterAll. */
export async function startDockerWithImage(runFolder: string): Promise<Docker> {
  const folder = join(runFolder, 'docker');
  const isFirst = !existsSync(folder);
  const docker = await startDocker(folder);
  try {
    if (isFirst) {
      await makeBaseImages(docker);
      const args = ['--build-arg', 'VERSION=0.0.0-test', '--build-arg', `REVISION=${REVISION}`];
      await docker.run(['build', '--quiet', '--network', 'host', '--tag', IMAGE, ...args, ROOT]);
    }
  } catch (error) {
    await docker.stop();
    throw error;
  }
  return docker;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '#tests/support/free-port.ts';
import { until } from './until.ts';

export interface Registry {
  /** As it stands at the beginning of an image's name. Docker wants no https of it, since it is on loopback. */
  address: string;
  stop(): Promise<void>;
}

/** Starts Debian's registry of images, empty and open to everybody on this machine. */
export async function startRegistry(runFolder: string): Promise<Registry> {
  const folder = await mkdtemp(join(runFolder, 'registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'config.json');
  const storage = { filesystem: { rootdirectory: folder } };
  await writeFile(config, JSON.stringify({ version: 0.1, storage, http: { addr: address } }));
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  await until('the registry', async () => {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}`);
    return (await fetch(`http://${address}/v2/`)).ok;
  });
  return {
    address,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { pbkdf2 } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServer } from './server.ts';

const slow = promisify(pbkdf2);

let dataDir: string;
let isBusy: boolean;
let busy: Promise<unknown>;

/** Keeps Node's threads busy, so that each operation on a file waits for long. */
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'anvil-server-'));
  isBusy = true;
  const stay = async () => {
    while (isBusy) await slow('a password', 'salt', 30_000, 64, 'sha512');
  };
  busy = Promise.all(Array.from({ length: 16 }, stay));
});
afterEach(async () => {
  isBusy = false;
  await busy;
  await rm(dataDir, { recursive: true });
});

test('a server that ends while its log is being closed is a failed start', async () => {
  const programs = join(dataDir, 'bin');
  const cluster = join(dataDir, 'cluster');
  await Promise.all([mkdir(programs), mkdir(cluster)]);
  await writeFile(join(programs, 'postgres'), '#!/bin/sh\necho "FATAL: no such setting"\nexit 1\n');
  await chmod(join(programs, 'postgres'), 0o755);
  await expect(
    startServer({ dataDir, cluster, programs, user: undefined, settings: {} }),
  ).rejects.toMatchObject({ reason: 'failed_to_start', message: expect.stringContaining('no such setting') });
});

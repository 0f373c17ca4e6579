import { chmod, chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  makeClone,
  ordinaryUser,
  processesBelow,
  startChild,
  type EmbeddedClone,
} from '#tests/support/embedded-clone.ts';
import { clusterFolder } from './cluster.ts';
import type { SystemUser } from './run.ts';

// As root these tests run the program as root or as `nobody`; as anybody else, as that user.
vi.setConfig({ testTimeout: 300_000 });

let clone: EmbeddedClone;
let user: SystemUser | undefined;
let home: string;
let dataDir: string;

beforeAll(async () => {
  clone = await makeClone();
  user = await ordinaryUser();
});
afterAll(() => clone.remove());

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'anvil-places-'));
  dataDir = join(home, 'database');
  if (user) await chown(home, user.uid, user.gid);
});

afterEach(async () => {
  await expect.poll(() => processesBelow(home)).toEqual([]);
  await expect.poll(() => processesBelow(clone.folder)).toEqual([]);
  await chmod(clone.folder, 0o755);
  await chmod(home, 0o700);
  await rm(home, { recursive: true });
});

test('in a clone below a 0700 home it runs, and the data stay in the clone', async () => {
  await chmod(clone.folder, 0o700);
  const inside = join(clone.folder, '.anvil', 'database');
  for (const start of ['first', 'second']) {
    const child = startChild(clone, { dataDir: inside, task: 'hold' });
    expect(await child.next(), start).toMatchObject({ ready: {} });
    expect(await processesBelow(inside)).not.toEqual([]);
    await child.finish();
  }
  const { uid, mode } = await stat(clusterFolder(inside));
  expect(uid === 0).toBe(false);
  expect(mode & 0o777).toBe(0o700);
});

test('an ordinary user runs it in a folder of their own, and whoever starts it next, even root, leaves it theirs', async () => {
  for (const who of [user, undefined]) {
    const child = startChild(clone, { dataDir, task: 'hold', user: who });
    expect(await child.next()).toMatchObject({ ready: {} });
    await child.finish();
    expect((await stat(clusterFolder(dataDir))).uid).toBe(user?.uid ?? process.getuid?.());
  }
});

test('a folder that is not writable is named', async () => {
  await chmod(home, 0o555);
  const child = startChild(clone, { dataDir, task: 'hold', user });
  expect(await child.next()).toMatchObject({
    failed: { reason: 'not_writable', message: expect.stringContaining(dataDir) },
  });
});

test('a data folder of another user is named', async () => {
  await mkdir(dataDir, { mode: 0o500 });
  const child = startChild(clone, { dataDir, task: 'hold', user });
  expect(await child.next()).toMatchObject({ failed: { reason: 'not_writable' } });
});

test('a platform without binaries is named, with what to do', async () => {
  const bare = await makeClone({ withBinaries: false });
  const child = startChild(bare, { dataDir, task: 'hold', user });
  expect(await child.next()).toMatchObject({
    failed: { reason: 'no_binary', message: expect.stringContaining('DATABASE_URL') },
  });
  await child.finish();
  await bare.remove();
});

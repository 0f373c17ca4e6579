import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeApartNetwork } from './support/apart-network.ts';
import { makeMachine } from './support/machine.ts';
import { startPebble } from './support/pebble.ts';
import { has, must } from './support/shell.ts';
import { makeWhole } from './support/whole.ts';

// What the tests of deployments make on this machine.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-set-up-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('what a failed set-up has made is taken away, the last first, past a step that fails', async () => {
  const gone: string[] = [];
  const failing = makeWhole(async (undo) => {
    undo(() => gone.push('first'));
    undo(() => Promise.reject(new Error('stuck')));
    undo(() => gone.push('last'));
    await Promise.reject(new Error('no more room'));
  });
  const error = (await failing.catch((reason: unknown) => reason)) as AggregateError;
  expect(error.errors.map(String)).toEqual(['Error: no more room', 'Error: stuck']);
  expect(gone).toEqual(['last', 'first']);
});

describe.skipIf(!has('root', 'ip', 'pebble', 'pebble-challtestsrv', 'openssl'))('on this machine', () => {
  test('a machine that can’t be made leaves no network, no mount and no folder', async () => {
    const [debian, machine] = [join(folder, 'debian'), join(folder, 'machine')];
    // A system without /etc: the network and the mount are there when it is noticed.
    await mkdir(debian);
    const input = { debian, folder: machine, shelf: folder, name: 'anvil-half' };
    await expect(makeMachine(input)).rejects.toThrow('etc/hostname');
    expect(await must('ip', ['netns', 'list'])).not.toContain('anvil-half');
    expect(await must('ip', ['link'])).not.toContain('anvil-half');
    expect(await must('mount', [])).not.toContain(machine);
    expect(existsSync(machine)).toBe(false);
  });

  test('a certificate authority that is not trusted in the end leaves no process', async () => {
    const network = await makeApartNetwork();
    try {
      const authority = startPebble(
        {
          root: folder,
          must: () => Promise.reject(new Error('no update-ca-certificates')),
          inNetwork: (program, args) => ['ip', ['netns', 'exec', network.namespace, program, ...args]],
        },
        folder,
      );
      await expect(authority).rejects.toThrow('no update-ca-certificates');
      expect(await must('ip', ['netns', 'pids', network.namespace])).toBe('');
    } finally {
      await network.remove();
    }
    expect(await must('ip', ['netns', 'list'])).not.toContain(network.namespace);
  });
});

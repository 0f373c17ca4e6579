import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDebian } from './machine.ts';
import { shelveNode, shelveRelease } from './release.ts';
import { together } from './together.ts';

/** What the machines of these tests need on this one. */
export const NEEDED = [
  ...['root', 'systemd-nspawn', 'mmdebstrap', 'nsenter', 'ip', 'curl'],
  ...['pebble', 'pebble-challtestsrv', 'openssl'],
];

export interface Supplies {
  /** A fresh Debian, to be laid under machines. */
  debian: string;
  /** What machines may fetch, and where the release lies. */
  shelf: string;
  /** Its file on the shelf. */
  release: string;
}

/** Makes what several machines are made from, once in a run of the tests. */
export async function getSupplies(runFolder: string): Promise<Supplies> {
  const [debian, shelf] = [join(runFolder, 'debian'), join(runFolder, 'shelf')];
  if (!existsSync(shelf)) {
    await mkdir(shelf);
    await together(makeDebian(debian), shelveNode(shelf));
  }
  const shelved = (await readdir(shelf)).find((name) => /^anvil-.*\.tar\.gz$/.test(name));
  return { debian, shelf, release: shelved ?? (await shelveRelease(shelf)) };
}

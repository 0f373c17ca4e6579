import { readlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DATABASE, OWNER_ROLE } from './roles.ts';

/**
 * The address of the server that another process runs on this folder: its socket's folder is what the link `socket`
 * names. For commands beside a running Anvil.
 *
 * @returns `postgres://…` of the owner, or undefined where there is no such link (Windows)
 */
export async function runningEmbeddedUrl(dataDir: string): Promise<string | undefined> {
  const folder = await readlink(join(resolve(dataDir), 'socket')).catch(() => undefined);
  return folder && `postgres://${OWNER_ROLE}@/${DATABASE}?host=${encodeURIComponent(folder)}`;
}

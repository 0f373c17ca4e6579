import { stat } from 'node:fs/promises';
import { EmbeddedDatabaseError } from './errors.ts';
import { run, type SystemUser } from './run.ts';

/**
 * The account PostgreSQL runs as, which refuses to run as root: as root the owner of the cluster that is there, else
 * `postgres`, else `nobody`; otherwise undefined, which means the user who started Anvil.
 *
 * @param cluster its folder; may not exist yet
 * @throws EmbeddedDatabaseError failed_to_start
 */
export async function databaseUser(cluster: string): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => undefined);
  // The first start may have been by an ordinary user, or before the package that makes `postgres` was installed.
  if (owner && owner.uid !== 0) return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'nobody']) {
    const uid = await run({ command: 'id', args: ['-u', name] });
    const gid = await run({ command: 'id', args: ['-g', name] });
    // `| 0`: macOS prints nobody's -2 without its sign.
    if (uid.code === 0 && gid.code === 0)
      return { name, uid: Number(uid.output) | 0, gid: Number(gid.output) | 0 };
  }
  throw new EmbeddedDatabaseError(
    'failed_to_start',
    'PostgreSQL refuses to run as root, and this system has neither a user postgres nor nobody. ' +
      'Start Anvil as an ordinary user.',
  );
}

/** May the user enter this folder by its path? Asked by trying, since modes alone don't know of ACLs. */
export async function canEnter(user: SystemUser | undefined, folder: string): Promise<boolean> {
  if (!user) return true;
  const { code } = await run({ command: '/bin/sh', args: ['-c', 'cd "$0"', folder], cwd: '/', user });
  return code === 0;
}

/**
 * The name by which a child of this user, started inside the folder, can call it. A root's clone often lies below a
 * 0700 home that no other account can pass; Linux has a name for the working directory that needs no passing, and
 * PostgreSQL's processes never leave theirs. So the data stay where they belong: in the clone.
 *
 * @throws EmbeddedDatabaseError not_reachable
 */
export async function nameFromInside(user: SystemUser | undefined, folder: string): Promise<string> {
  if (await canEnter(user, folder)) return folder;
  const here = '/proc/self/cwd';
  const { code } = await run({ command: '/bin/sh', args: ['-c', `cd ${here}/.`], cwd: folder, user });
  if (code === 0) return here;
  throw new EmbeddedDatabaseError(
    'not_reachable',
    `PostgreSQL refuses to run as root, and ${user?.name} can't reach ${folder}. ` +
      'Set ANVIL_DATA_DIR to a folder that every user may pass, for example below /var/lib, ' +
      'or start Anvil as an ordinary user.',
  );
}

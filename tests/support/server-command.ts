import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildServer } from '../../scripts/build.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);

/** The commit that the command says it was built from. */
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

export interface ServerCommand {
  /** Runs `anvil-server ARGS` to its end, with secrets of its own and what `env` says. */
  run(args: string[], env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

/** Bundles `anvil-server` as it is now, without pages, into a folder of its own from where it finds its packages. */
export async function buildServerCommand(): Promise<ServerCommand> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, '.cache/anvil-server-'));
  await buildServer(join(folder, 'build'));
  // The server checks that its pages are there before it opens the database.
  await mkdir(join(folder, 'build/client'));
  await mkdir(join(folder, 'build/remix'));
  await writeFile(join(folder, 'build/remix/index.js'), '');
  await writeFile(join(folder, 'build/commit'), COMMIT);
  return {
    run: (args, env) =>
      new Promise((done) => {
        const child = execFile(
          process.execPath,
          [join(folder, 'build/server.mjs'), ...args],
          {
            cwd: ROOT,
            env: {
              NODE_ENV: 'test',
              SECRET_KEY_BASE: secret('a'),
              SESSION_SIGNING_SALT: secret('b'),
              SESSION_ENCRYPTION_SALT: secret('c'),
              ...env,
            },
          },
          (_error, stdout, stderr) => done({ code: child.exitCode ?? -1, stdout, stderr }),
        );
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A folder with the command `anvil` as it is now, and room for files to import. */
export interface AnvilCommand {
  /** Writes a file beside it. @returns its path */
  write(name: string, content: string | Uint8Array): Promise<string>;
  start(args: string[], env?: Record<string, string>): RunningCommand;
  run(args: string[], env?: Record<string, string>): Promise<CommandResult>;
  remove(): Promise<void>;
}

export interface CommandResult {
  code: number | null;
  /** The standard output. */
  printed: string;
  /** The error output. */
  told: string;
}

export interface RunningCommand {
  child: ChildProcess;
  /** Resolves when the error output holds the text; rejects when the command ends before. */
  hasTold(text: string): Promise<void>;
  ended: Promise<CommandResult>;
}

/** Builds the command into a folder of its own, so that test files don't meet in client/dist. */
export async function buildAnvilCommand(): Promise<AnvilCommand> {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-command-'));
  const program = join(folder, 'cli.mjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../../client/cli.ts')],
    outfile: program,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const start = (args: string[], env: Record<string, string> = {}): RunningCommand => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: { ...process.env, ANVIL_URL: undefined, ANVIL_API_KEY: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const result: CommandResult = { code: null, printed: '', told: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.printed += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.told += text));
    const ended = new Promise<CommandResult>((done) => {
      child.on('close', (code) => done({ ...result, code }));
    });
    const hasTold = (text: string) =>
      new Promise<void>((done, fail) => {
        child.stderr.on('data', () => result.told.includes(text) && done());
        void ended.then(() => fail(new Error(`It ended without telling “${text}”: ${result.told}`)));
      });
    return { child, hasTold, ended };
  };
  return {
    start,
    run: (args, env) => start(args, env).ended,
    write: async (name, content) => {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** The folder of the clone. */
export const ROOT = resolve(import.meta.dirname, '../../..');

export interface ShellResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ShellOptions {
  cwd?: string;
  /** Added to the environment of the tests. */
  env?: Record<string, string>;
  input?: string;
}

/** Runs a program to its end. @returns its exit code (128 + signal's number unknown: 143 when killed) and output */
export function sh(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env = {}, input }: ShellOptions = {},
): Promise<ShellResult> {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? 143, stdout, stderr }));
  });
}

/** Like {@link sh}. @throws with all of its output when it doesn't exit with 0 */
export async function must(
  program: string,
  args: readonly string[],
  options: ShellOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await sh(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** @returns whether this machine can run a part: as root where `root` is named, with all the programs */
export function has(...needs: ('root' | (string & {}))[]): boolean {
  return needs.every((need) =>
    need === 'root'
      ? process.getuid?.() === 0
      : spawnSync('sh', ['-c', 'command -v "$1"', 'sh', need], {
          env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
        }).status === 0,
  );
}

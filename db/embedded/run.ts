import { spawn } from 'node:child_process';

/** An account of the system that a child process runs as. */
export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

export interface RunInput {
  command: string;
  args: string[];
  /** Entered before the user is changed: the user need not be able to reach it by its path. */
  cwd?: string;
  /** Without it the child runs as this process does. */
  user?: SystemUser;
}

export interface RunResult {
  /** undefined when the command could not be started or was ended by a signal */
  code: number | undefined;
  output: string;
}

/**
 * A short environment of its own, so that nobody's PGDATA, PGOPTIONS or locale reaches PostgreSQL. Windows programs
 * need theirs. (The cast: Remix declares NODE_ENV as always there.)
 */
export const CHILD_ENVIRONMENT =
  process.platform === 'win32'
    ? undefined
    : ({
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        LC_ALL: 'C',
      } as unknown as NodeJS.ProcessEnv);

/** Runs a command to its end. Never throws: what went wrong stands in `output`. */
export function run({ command, args, cwd, user }: RunInput): Promise<RunResult> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, {
      cwd,
      env: CHILD_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    });
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => resolve({ code: undefined, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? undefined, output }));
  });
}

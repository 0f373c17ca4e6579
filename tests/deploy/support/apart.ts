import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { must, sh, type ShellResult } from './shell.ts';

/**
 * A place of its own on this machine, without a boot: its processes, its network (loopback alone) and its copies of
 * /etc, /opt, /var and /usr/local are nobody else's. What is installed is installed there too; what is written there
 * is gone with it.
 */
export interface Apart {
  /** Runs a script by bash, from / and with nothing of the tests' environment. @returns how it ended */
  try(script: string, env?: Record<string, string>): Promise<ShellResult>;
  /** Like `try`. @returns its output. @throws when it doesn't exit with 0 */
  sh(script: string, env?: Record<string, string>): Promise<string>;
  /** Runs a program there. @throws when it doesn't exit with 0 */
  run: typeof must;
  /** Writes a file, with its folder. */
  write(path: string, text: string, mode?: string): Promise<void>;
  /** Ends all its processes. */
  remove(): Promise<void>;
}

// Overlays want their upper layer on something that isn't one: memory. The first process adopts and buries the others'.
const SET_UP = `
set -euo pipefail
mount -t tmpfs tmpfs "$1"
for folder in etc opt var usr/local; do
  mkdir -p "$1/$folder/upper" "$1/$folder/work"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$1/$folder/upper,workdir=$1/$folder/work" "/$folder"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/lock
ip link set lo up
echo ready
sleep infinity &
wait
`;

/** Needs root. */
export async function startApart(): Promise<Apart> {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-apart-'));
  const child = spawn(
    'unshare',
    [
      ...['--mount', '--pid', '--net', '--ipc', '--fork', '--mount-proc', '--kill-child=SIGKILL'],
      ...['bash', '-c', SET_UP, 'bash', folder],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<void>((done) => child.on('close', () => done()));
  const remove = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((done, fail) => {
      let said = '';
      const hear = (text: string) => {
        said += text;
        if (said.includes('ready\n')) done();
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
      child.on('error', fail);
      child.on('close', () => fail(new Error(`No place apart could be made:\n${said}`)));
    });
    const leader = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim();
    const enter = ['--target', leader, '--mount', '--pid', '--net', '--ipc', '--wd=/'];
    const path = `/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:${dirname(process.execPath)}`;
    const clean = [
      'env',
      '-i',
      `PATH=${path}`,
      'HOME=/root',
      'LANG=C.UTF-8',
      'AWS_EC2_METADATA_DISABLED=true',
    ];
    const given = (env: Record<string, string>) =>
      Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const words = (script: string, env: Record<string, string> = {}) => [
      ...[...enter, ...clean, ...given(env)],
      // Without its settings, which bash would read when its input is a socket.
      ...['bash', '--norc', '-euo', 'pipefail', '-c', script],
    ];
    return {
      try: (script, env) => sh('nsenter', words(script, env)),
      sh: (script, env) => must('nsenter', words(script, env)),
      run: (program, args, { env = {}, input = '' } = {}) =>
        must('nsenter', [...enter, ...clean, ...given(env), program, ...args], { input }),
      write: async (file, text, mode = '0644') => {
        const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
        await must('nsenter', [...enter, ...clean, 'bash', '--norc', '-euc', script, 'bash', file, mode], {
          input: text,
        });
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

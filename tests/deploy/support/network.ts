import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { must, sh, ROOT, type ShellOptions, type ShellResult } from './shell.ts';
import { makeWhole } from './whole.ts';

/** A machine as far as the network goes: a namespace with an address of its own. */
export interface Host {
  address: string;
  /** Runs a program there. @throws with its output when it doesn't exit with 0 */
  run(program: string, args: readonly string[], options?: ShellOptions): Promise<string>;
  /** Starts a program there, with exactly this environment beside PATH. */
  start(program: string, args: readonly string[], env: Record<string, string>): ChildProcess;
  /** Drops what it sends to a port, until the function that comes back is called. */
  cutOff(port: number): Promise<() => Promise<void>>;
}

export interface Network {
  /** A host at 10.0.0.NUMBER; `namespace` is one that is there already, such as a booted machine's. */
  host(number: number, namespace?: string): Promise<Host>;
  remove(): Promise<void>;
}

/** Hosts on one switch, 10.0.0.0/24, that nobody else sees. They go with `remove()`. */
export function makeNetwork(): Promise<Network> {
  return makeWhole(async (undo, remove) => {
    const prefix = `anvil-${randomBytes(3).toString('hex')}`;
    const addNamespace = async (name: string) => {
      await must('ip', ['netns', 'add', name]);
      undo(async () => {
        const { stdout }: ShellResult = await sh('ip', ['netns', 'pids', name]);
        for (const pid of stdout.split('\n').filter(Boolean)) await sh('kill', ['-9', pid]);
        await sh('ip', ['netns', 'del', name]);
      });
      await must('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    };
    const hub = `${prefix}-hub`;
    await addNamespace(hub);
    await must('ip', ['-n', hub, 'link', 'add', 'hub', 'type', 'bridge']);
    await must('ip', ['-n', hub, 'link', 'set', 'hub', 'up']);

    return {
      host: async (number, namespace) => {
        const name = namespace ?? `${prefix}-${number}`;
        if (namespace === undefined) await addNamespace(name);
        const port = `port${number}`;
        await must('ip', ['-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'eth0', 'netns', name]);
        await must('ip', ['-n', hub, 'link', 'set', port, 'master', 'hub', 'up']);
        const address = `10.0.0.${number}`;
        await must('ip', ['-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0']);
        await must('ip', ['-n', name, 'link', 'set', 'eth0', 'up']);
        return makeHost(name, address);
      },
      remove,
    };
  });
}

function makeHost(name: string, address: string): Host {
  const inside = ['netns', 'exec', name];
  const run: Host['run'] = (program, args, options) => must('ip', [...inside, program, ...args], options);
  return {
    address,
    run,
    start: (program, args, env) =>
      spawn('ip', [...inside, program, ...args], {
        cwd: ROOT,
        env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    cutOff: async (port) => {
      await run('nft', ['-f', '-'], {
        input: `table inet cut {
          chain out { type filter hook output priority 0; tcp dport ${port} drop; }
          chain in { type filter hook input priority 0; tcp sport ${port} drop; }
        }`,
      });
      return async () => {
        await run('nft', ['delete', 'table', 'inet', 'cut']);
      };
    },
  };
}

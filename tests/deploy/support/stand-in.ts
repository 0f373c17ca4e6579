import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What a command of a stand-in ends with. */
export interface Ended {
  code: number;
  stdout?: string | Buffer;
  stderr?: string;
}

/** Acts on the arguments of one call. Ends early, with whatever, when the caller is gone. */
export type Command = (args: readonly string[], gone: AbortSignal) => Promise<Ended>;

export interface StandIn {
  /** Holds the program, to be put in front of PATH. */
  folder: string;
  /** The arguments of each call, in order. */
  calls: (readonly string[])[];
  close(): Promise<void>;
}

/**
 * Makes a program that hands its arguments to a function of the test and prints what that says: so what stands behind
 * it, a cluster, lives in the test, and goes with it.
 *
 * @param name such as `kubectl`
 * @param folder that the program is put into; made
 */
export async function makeStandIn(name: string, folder: string, command: Command): Promise<StandIn> {
  const calls: (readonly string[])[] = [];
  await mkdir(folder, { recursive: true });
  const act = async (request: IncomingMessage, gone: AbortSignal): Promise<string> => {
    let text = '';
    for await (const part of request.setEncoding('utf8')) text += String(part);
    const args = text.split('\n').slice(0, -1);
    const answer = join(folder, `answer-${calls.push(args)}`);
    const { code, stdout, stderr } = await command(args, gone).catch((error: unknown) => ({
      code: 70,
      stdout: '',
      stderr: String(error),
    }));
    await writeFile(`${answer}.out`, stdout ?? '');
    await writeFile(`${answer}.err`, stderr ?? '');
    return `${answer}\n${code}\n`;
  };
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    void act(request, gone.signal).then((text) => response.end(text));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = join(folder, name);
  await writeFile(
    program,
    `#!/bin/sh
{ read -r answer && read -r code; } <<END
$(printf '%s\\n' "$@" | curl --silent --show-error --noproxy '*' --data-binary @- http://127.0.0.1:${port})
END
cat "$answer.out"
cat "$answer.err" >&2
exit "$code"
`,
  );
  await chmod(program, 0o755);
  return {
    folder,
    calls,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** `--name value` and `--name=value` of a call; a flag without a value is `true`. The rest stays in order. */
export function readArguments(
  args: readonly string[],
  flagsWithoutValue: readonly string[],
): { words: string[]; options: Record<string, string> } {
  const words: string[] = [];
  const options: Record<string, string> = {};
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const [, name, , value] = /^--([a-z-]+)(=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) words.push(arg);
    else options[name] = value ?? (flagsWithoutValue.includes(name) ? 'true' : (args[++index] ?? ''));
  }
  return { words, options };
}

/** `3s` → 3 */
export const secondsOf = (text = ''): number => Number(/^(\d+)s$/.exec(text)?.[1] ?? Number.NaN);

import { setTimeout as sleep } from 'node:timers/promises';
import type { Release, Running } from './served-release.ts';
import { readArguments, secondsOf, type Command, type Ended } from './stand-in.ts';

/** Fly.io as far as production.sh can see: one app with two machines, which `flyctl deploy` replaces one by one. */
export interface FlyPlatform {
  flyctl: Command;
  /** What the machines run. */
  images(): string[];
  /** Ports of what runs. */
  ports(): number[];
  stop(): Promise<void>;
}

interface Machine {
  image: string;
  running: Running | undefined;
}

const APP = 'prompts';
const ENDED: Ended = {
  code: 1,
  stderr: 'Error: failed to update machine: timeout reached waiting for health checks\n',
};

/** @param releaseOf what the release of an image does */
export function makeFlyPlatform(releaseOf: (image: string) => Release): FlyPlatform {
  const machines: Machine[] = [];

  const list = (): Ended => ({
    code: 0,
    stdout: JSON.stringify([
      ...machines.map(({ image }, index) => ({
        id: `machine-${index}`,
        state: 'started',
        // With the digest that it was resolved to.
        config: { image: `${image}@sha256:${'0'.repeat(64)}`, metadata: { fly_process_group: 'app' } },
      })),
      // What is left of a release command.
      {
        id: 'left',
        state: 'stopped',
        config: { image: 'old', metadata: { fly_process_group: 'release_command' } },
      },
    ]),
  });

  const deploy = async (options: Record<string, string>, gone: AbortSignal): Promise<Ended> => {
    const { image: given = '', 'wait-timeout': timeout } = options;
    const image = given.replace(/@sha256:[0-9a-f]{64}$/, '');
    // The only private registry that Fly can read, by the name of an app of the organisation.
    if (!image.startsWith(`registry.fly.io/${APP}:`))
      return {
        code: 1,
        stderr: `Error: failed to fetch an image or build from source: could not find image "${image}"\n`,
      };
    const { migrate, start } = releaseOf(image);
    if (!(await migrate()))
      return { code: 1, stderr: 'Error: release command failed - aborting deployment.\n' };
    for (let index = 0; index < 2; index++) {
      const before = machines[index];
      await before?.running?.stop();
      const machine: Machine = { image, running: await start?.() };
      machines[index] = machine;
      if (machine.running) continue;
      await sleep(secondsOf(timeout) * 1_000, undefined, { signal: gone }).catch(() => undefined);
      return ENDED;
    }
    return { code: 0, stdout: 'Visit your newly deployed app at https://anvil.fly.dev/\n' };
  };

  return {
    images: () => machines.map(({ image }) => image),
    ports: () => machines.flatMap(({ running }) => (running ? [running.port] : [])),
    flyctl: async (args, gone) => {
      const { words, options } = readArguments(args, ['json', 'yes']);
      if (options.app !== APP) return { code: 1, stderr: `Error: Could not find App "${options.app}"\n` };
      switch (words.join(' ')) {
        case 'machine list':
          return list();
        case 'deploy':
          if (options.config !== 'fly.toml' || !options.yes) break;
          return deploy(options, gone);
      }
      throw new Error(`This platform doesn't know: flyctl ${args.join(' ')}`);
    },
    stop: async () => {
      for (const { running } of machines) await running?.stop();
    },
  };
}

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { freePort } from '#tests/support/free-port.ts';
import { anvilServer, anvilServerBytes, startBundle, type RunningBundle } from './anvil-server.ts';
import type { FlyClusters } from './fly-clusters.ts';
import { type Command, type Ended, readArguments } from './stand-in.ts';

/** An account at Fly.io: `fly` with the platform's rules, whose machines are processes of the built server. */
export interface FlyAccount {
  fly: Command;
  /** A machine that `https://HOST` leads to. @throws when Fly has no certificate for the host */
  machineOf(host: string): RunningBundle;
  machines(): number;
  stop(): Promise<void>;
}

interface FlyToml {
  app: string;
  build: { dockerfile: string };
  deploy: { release_command: string };
  env: Record<string, string>;
}

interface App {
  /** What the machines run with, and what waits for the next deployment. */
  secrets: Record<string, string>;
  /** Images in the registry, in the order of the releases. */
  releases: string[];
  machines: RunningBundle[];
  certificates: Set<string>;
}

/** Names that other customers have taken. */
const TAKEN = ['anvil'];
const failed = (message: string): Ended => ({ code: 1, stderr: `Error: ${message}\n` });
const said = (stdout: string | Buffer = ''): Ended => ({ code: 0, stdout });

/** @param folder holds fly.toml and what is built */
export function makeFlyAccount(folder: string, clusters: FlyClusters): FlyAccount {
  const apps = new Map<string, App>();
  let turn = 0;
  const readToml = async () => parse(await readFile(join(folder, 'fly.toml'), 'utf8')) as unknown as FlyToml;

  const environment = async (app: App): Promise<Record<string, string>> => {
    const { env } = await readToml();
    const secrets = Object.entries(app.secrets).map(([name, value]) => [name, clusters.reachable(value)]);
    // Two machines share the ports of this one. fly.test.ts tests the drain.
    const own = { METRICS_PORT: String(await freePort()), DRAIN_SECONDS: '0' };
    return {
      NODE_ENV: 'production',
      ...env,
      ...(Object.fromEntries(secrets) as Record<string, string>),
      ...own,
    };
  };

  const replace = async (app: App, count = app.machines.length): Promise<Ended> => {
    for (let index = 0; index < Math.max(count, app.machines.length); index++) {
      await app.machines[index]?.stop();
      if (index >= count) continue;
      try {
        app.machines[index] = await startBundle(await environment(app));
      } catch (error) {
        return failed(`failed to update machine: ${String(error)}`);
      }
    }
    app.machines.length = count;
    return said();
  };

  type AppCommand = (app: App, words: string[], options: Record<string, string>) => Promise<Ended> | Ended;
  const commands: Record<string, AppCommand> = {
    'secrets set': async (app, pairs, { stage }) => {
      for (const pair of pairs)
        app.secrets[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
      return stage || app.machines.length === 0 ? said() : replace(app);
    },
    deploy: async (app, _words, { image }) => {
      const { app: name, build, deploy } = await readToml();
      if (image !== undefined && !app.releases.includes(image))
        return failed(`could not find image "${image}"`);
      if (image === undefined && !existsSync(join(folder, build.dockerfile)))
        return failed('dockerfile not found');
      const [program, ...args] = deploy.release_command.split(' ');
      if (program !== 'anvil-server') return failed(`release_command: ${program} not found`);
      const release = await anvilServer(args, await environment(app));
      if (release.code !== 0)
        return failed(`release command failed - aborting deployment. ${release.stderr}`);
      app.releases.push(image ?? `registry.fly.io/${name}:deployment-${app.releases.length + 1}`);
      // A first deployment makes a spare machine as well.
      return replace(app, app.machines.length || 2);
    },
    'scale count': (app, [count = ''], { yes }) => {
      if (app.releases.length === 0) return failed('no releases available for this app');
      if (!yes && Number(count) !== app.machines.length) return failed('yes flag must be specified');
      return replace(app, Number(count));
    },
    logs: (app) => said(app.machines.map((machine) => machine.log()).join('')),
    releases: (app, _words, { image }) => said(image ? app.releases.toReversed().join('\n') : ''),
    'certs add': (app, [host = '']) => {
      app.certificates.add(host);
      return said(`CNAME ${host} → APP.fly.dev\n`);
    },
    'certs check': (app, [host = '']) =>
      app.certificates.has(host) ? said('Issued\n') : failed('not found'),
    'ssh console': async (app, _words, { command = '', pty }) => {
      if (app.machines.length === 0) return failed('app has no started VMs.');
      const [program, ...args] = command.split(' ');
      if (program !== 'anvil-server') return failed(`ssh shell: ${program} not found`);
      if (args[0] === 'console' && !pty) return failed('the console has no terminal to read from');
      if (args[0] === 'export') return said(await anvilServerBytes(args, await environment(app)));
      return anvilServer(args, await environment(app), 'select 1 as one;\n');
    },
  };

  const run = async (args: readonly string[]): Promise<Ended> => {
    const long = args.map((arg) => (arg === '-C' ? '--command' : arg));
    const flags = ['stage', 'yes', 'image', 'pty', 'quiet', 'no-tail'];
    // `releases --image` is a flag, `deploy --image` takes a value.
    const { words, options } = readArguments(
      long,
      args[0] === 'deploy' ? flags.filter((flag) => flag !== 'image') : flags,
    );
    if (words[0] === 'apps') {
      const name = words[2] ?? '';
      if (words[1] === 'create') {
        if (TAKEN.includes(name) || apps.has(name))
          return failed('Validation failed: Name has already been taken');
        apps.set(name, { secrets: {}, releases: [], machines: [], certificates: new Set() });
        return said(`New app created: ${name}\n`);
      }
      const app = apps.get(name);
      if (!app) return failed(`Could not find App "${name}"`);
      if (words[1] !== 'destroy') throw new Error(`fly knows no apps ${words[1]}`);
      if (!options.yes) return failed('--yes flag must be specified when not running interactively');
      await replace(app, 0);
      apps.delete(name);
      return said();
    }
    const { app: name } = await readToml();
    const verb = [words.slice(0, 2).join(' '), words[0] ?? ''].find((candidate) => candidate in commands);
    if (verb === undefined) throw new Error(`fly knows no ${args.join(' ')}`);
    const app = apps.get(name);
    if (!app) return failed(`Could not find App "${name}"`);
    return commands[verb]?.(app, words.slice(verb.split(' ').length), options) ?? failed(verb);
  };

  return {
    fly: (args) => (args[0] === 'mpg' ? clusters.run(args.slice(1)) : run(args)),
    machineOf: (host) => {
      const found = [...apps].find(([name, app]) => host === `${name}.fly.dev` || app.certificates.has(host));
      const machines = found?.[1].machines ?? [];
      const machine = machines[turn++ % machines.length];
      if (!machine) throw new Error(`Nothing answers for https://${host}`);
      return machine;
    },
    machines: () => [...apps.values()].reduce((count, app) => count + app.machines.length, 0),
    stop: async () => {
      for (const app of apps.values()) await replace(app, 0);
    },
  };
}

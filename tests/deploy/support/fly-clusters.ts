import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  createManagedLogin,
  createManagedRoles,
  MANAGED_ROLES,
  openManagedDatabase,
  type ManagedRole,
} from '#tests/support/managed-postgres.ts';
import type { PostgresServer } from './postgres.ts';
import { type Ended, readArguments } from './stand-in.ts';

/** Fly's Managed Postgres: `fly mpg …`. One real server holds the databases of all clusters. */
export interface FlyClusters {
  run(args: readonly string[]): Promise<Ended>;
  /** What the dashboard shows. */
  password(username: string): string;
  /** A URL with a host of Fly's private network, as this machine reaches it. */
  reachable(url: string): string;
}

interface Cluster {
  databases: string[];
  /** Files of pg_dump by the database. */
  backups: Map<string, Record<string, string>>;
}

const failed = (message: string): Ended => ({ code: 1, stderr: `Error: ${message}\n` });
const said = (stdout = ''): Ended => ({ code: 0, stdout });

/** @param folder for backups, writable by the server */
export async function makeFlyClusters(server: PostgresServer, folder: string): Promise<FlyClusters> {
  const clusters = new Map<string, Cluster>();
  const passwords = new Map<string, string>();
  await createManagedRoles(server.adminUrl);
  const nameOf = (id: string, database: string) => `${id}_${database}`;
  const connection = ['-h', server.dataDir, '-p', String(server.port), '-U', 'postgres'];

  const createCluster = () => {
    const id = `c${randomBytes(6).toString('hex')}`;
    clusters.set(id, { databases: [], backups: new Map() });
    return id;
  };
  const createDatabase = async (id: string, database: string) => {
    const name = nameOf(id, database);
    await server.psql(`create database ${name}`);
    await openManagedDatabase(server.url(name));
    clusters.get(id)?.databases.push(database);
    return name;
  };

  const commands: Record<string, (id: string, options: Record<string, string>) => Promise<Ended>> = {
    'databases create': async (id, { name }) => {
      if (!name) return failed('database name must be specified with --name flag');
      await createDatabase(id, name);
      return said();
    },
    'users create': async (_id, { username, role }) => {
      if (!username) return failed('username must be specified with --username flag');
      if (!MANAGED_ROLES.includes(role as ManagedRole)) return failed(`invalid role "${role}"`);
      const password = randomBytes(12).toString('hex');
      await createManagedLogin(server.adminUrl, { name: username, role: role as ManagedRole, password });
      passwords.set(username, password);
      return said('User created successfully!\n');
    },
    'backup create': async (id) => {
      const backup = `backup-${randomBytes(4).toString('hex')}`;
      const files: Record<string, string> = {};
      for (const database of clusters.get(id)?.databases ?? []) {
        files[database] = join(folder, `${backup}-${database}`);
        await server.program('pg_dump', [...connection, '-Fc', '-f', files[database], nameOf(id, database)]);
      }
      clusters.get(id)?.backups.set(backup, files);
      return said(`Backup queued successfully!\n  ID: ${backup}\n`);
    },
    'backup list': async (id) => said([...(clusters.get(id)?.backups.keys() ?? [])].join('\n')),
    restore: async (id, { 'backup-id': backup = '' }) => {
      const files = clusters.get(id)?.backups.get(backup);
      if (!files) return failed('--backup-id flag is required');
      const restored = createCluster();
      for (const [database, file] of Object.entries(files)) {
        const name = await createDatabase(restored, database);
        await server.program('pg_restore', [...connection, '-d', name, file]);
      }
      return said(`Restored to cluster ${restored}\n`);
    },
    destroy: async (id, { yes }) => {
      if (!yes) return failed('--yes flag must be specified when not running interactively');
      for (const database of clusters.get(id)?.databases ?? [])
        await server.psql(`drop database ${nameOf(id, database)} with (force)`);
      clusters.delete(id);
      return said();
    },
  };

  return {
    run: async (args) => {
      const { words, options } = readArguments(args, ['all', 'yes']);
      if (words[0] === 'create') {
        if (!options.name || !options.region) return failed('prompt: non interactive');
        return said(`Managed Postgres cluster created successfully!\n  ID: ${createCluster()}\n`);
      }
      const [verb, id = ''] =
        words[0] === 'restore' || words[0] === 'destroy'
          ? [words[0], words[1]]
          : [words.slice(0, 2).join(' '), words[2]];
      const command = commands[verb];
      if (!command) throw new Error(`fly mpg knows no ${verb}`);
      if (!clusters.has(id)) return failed(`failed retrieving cluster ${id}: not found`);
      return command(id, options);
    },
    password: (username) => passwords.get(username) ?? '',
    reachable: (url) =>
      url.replace(/@direct\.(\w+)\.flympg\.net\/(\w+)/, (whole, id: string, database: string) =>
        clusters.has(id) ? `@127.0.0.1:${server.port}/${nameOf(id, database)}` : whole,
      ),
  };
}

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './network.ts';
import { must, sh, type ShellResult } from './shell.ts';

export interface DatabaseHost {
  host: Host;
  /** Of the cluster, as pg_lsclusters lists it. */
  name: string;
  port: number;
  /** Runs a script of deploy/postgres there. */
  script(name: string, args: readonly string[]): Promise<string>;
  /** As {@link script}, also when it fails. */
  tryScript(name: string, args: readonly string[]): Promise<ShellResult>;
  sql(statement: string, database?: string): Promise<string>;
  /** kill -9 of the whole server. */
  crash(): Promise<void>;
  control(action: 'start' | 'stop'): Promise<void>;
  isUp(): Promise<boolean>;
}

export interface DatabasePair {
  primary: DatabaseHost;
  replica: DatabaseHost;
  remove(): Promise<void>;
}

export interface Authority {
  /** A file with its certificate. */
  ca: string;
  /** @returns files with a key and a certificate for these names (`DNS:…`, `IP:…`) */
  issue(name: string, alternatives: string): Promise<{ key: string; certificate: string }>;
}

/** A certificate authority of the test's own. */
export async function makeAuthority(folder: string): Promise<Authority> {
  const ca = join(folder, 'ca.crt');
  const caKey = join(folder, 'ca.key');
  const openssl = (...args: string[]) => must('openssl', args);
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
    ...['-keyout', caKey, '-out', ca],
  );
  return {
    ca,
    issue: async (name, alternatives) => {
      const path = (end: string) => join(folder, `${name}.${end}`);
      await openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        `/CN=${name}`,
        ...['-keyout', path('key'), '-out', path('csr')],
      );
      await writeFile(path('ext'), `subjectAltName=${alternatives}\n`);
      await openssl(
        'x509',
        '-req',
        '-days',
        '2',
        '-CA',
        ca,
        '-CAkey',
        caKey,
        '-CAcreateserial',
        ...['-in', path('csr'), '-out', path('crt'), '-extfile', path('ext')],
      );
      return { key: path('key'), certificate: path('crt') };
    },
  };
}

/**
 * Two of Debian's clusters, each on a host of its own, still empty and apart.
 *
 * @param folder for their data; every account may enter it
 */
export async function makeDatabasePair(folder: string, hosts: [Host, Host]): Promise<DatabasePair> {
  const names: string[] = [];
  const password = join(folder, 'replication_password');
  const make = async (host: Host, port: number): Promise<DatabaseHost> => {
    const name = `anvil${randomBytes(3).toString('hex')}`;
    // The folder for settings of one's own, which Debian's pg_createcluster names in postgresql.conf and makes.
    await must('pg_createcluster', [
      ...['15', name, '-d', join(folder, name), '-p', String(port)],
      ...['--', '--no-sync', '--locale=C.UTF-8'],
    ]);
    names.push(name);
    const env = { ANVIL_CLUSTER: `15/${name}`, ANVIL_REPLICATION_PASSWORD_FILE: password };
    const inside = (program: string, args: readonly string[]) => host.run(program, args, { env });
    const control: DatabaseHost['control'] = async (action) => {
      await inside('pg_ctlcluster', ['15', name, action, ...(action === 'stop' ? ['--mode', 'fast'] : [])]);
    };
    const sql: DatabaseHost['sql'] = async (statement, database = 'postgres') =>
      (
        await inside('runuser', [
          ...['-u', 'postgres', '--', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '--cluster', `15/${name}`],
          ...['-d', database, '-c', statement],
        ])
      ).trim();
    return {
      ...{ host, name, port, control, sql },
      script: (script, args) => inside(`deploy/postgres/${script}`, args),
      tryScript: (script, args) =>
        host.run(`deploy/postgres/${script}`, args, { env }).then(
          (stdout) => ({ code: 0, stdout, stderr: '' }),
          (error: unknown) => ({ code: 1, stdout: '', stderr: String(error) }),
        ),
      crash: async () => {
        const [pid = ''] = (await must('cat', [join(folder, name, 'postmaster.pid')])).split('\n');
        const children = (await must('ps', ['-o', 'pid=', '--ppid', pid]))
          .split('\n')
          .map((text) => text.trim());
        await sh('kill', ['-9', pid, ...children.filter(Boolean)]);
      },
      isUp: () =>
        sql('select 1').then(
          () => true,
          () => false,
        ),
    };
  };
  const primary = await make(hosts[0], 5441);
  const replica = await make(hosts[1], 5442);
  return {
    primary,
    replica,
    remove: async () => {
      for (const name of names) await sh('pg_dropcluster', ['--stop', '15', name]);
    },
  };
}

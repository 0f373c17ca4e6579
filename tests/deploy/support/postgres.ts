import { randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must, sh } from './shell.ts';
import { freePort } from '#tests/support/free-port.ts';

/** The account that Debian's packages make; PostgreSQL refuses to run as root. */
const SYSTEM_USER = 'postgres';

export interface PostgresServer {
  /** Of Debian's packages: `/usr/lib/postgresql/15/bin`. */
  programs: string;
  /** The cluster, owned by {@link SYSTEM_USER}. Its parent is the server's own temporary folder. */
  dataDir: string;
  host: string;
  port: number;
  /** `postgres://…` of the superuser, by TCP with a password. */
  adminUrl: string;
  /** `postgres://…` of another database or role on this server; without a role the superuser's. */
  url(database: string, role?: string, password?: string): string;
  /** Runs SQL as the superuser by psql. @returns its output, unaligned, without headings. @throws on an SQL error */
  psql(sql: string, database?: string): Promise<string>;
  /** Runs one of the server's programs as the account that owns the cluster. */
  program(name: string, args: readonly string[], env?: Record<string, string>): Promise<string>;
  start(): Promise<void>;
  /** `fast` throws clients out, `immediate` is a crash. */
  stop(mode?: 'fast' | 'immediate' | 'smart'): Promise<void>;
  /** Stops it and removes all that it left. */
  remove(): Promise<void>;
}

export interface PostgresInput {
  /** Lines of postgresql.conf, after the defaults: `{ wal_level: 'logical' }`. */
  settings?: Record<string, string>;
  /** Lines of pg_hba.conf, before the defaults (which let everybody in by TCP with a password). */
  hba?: readonly string[];
  /** What it listens on by TCP. */
  host?: string;
  /** Arguments of initdb, such as `--data-checksums`. */
  initdb?: readonly string[];
  /** Called with the new cluster's folder before the first start: certificates, or another cluster's bytes. */
  prepare?: (dataDir: string) => Promise<void>;
}

/**
 * Starts a server of Debian's PostgreSQL on a cluster of its own in a temporary folder and a free port. It survives
 * nothing: `remove()` it in afterAll.
 */
export async function startPostgres(input: PostgresInput = {}): Promise<PostgresServer> {
  const { settings = {}, hba = [], host = '127.0.0.1', initdb = [] } = input;
  const programs = await findPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'anvil-postgres-'));
  await chmod(folder, 0o711);
  const dataDir = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  const program = (name: string, args: readonly string[], env?: Record<string, string>) =>
    asOwner(join(programs, name), args, env);
  const port = await freePort(host);
  const url = (database: string, role = 'postgres', secret = password) =>
    `postgres://${role}:${secret}@${host}:${port}/${database}`;
  const adminUrl = url('postgres');

  const start = async () => {
    // Its log is a file: a pipe would hold the caller until the server ends.
    await program('pg_ctl', ['-D', dataDir, '-w', '-t', '120', '-l', join(dataDir, 'log'), 'start']).catch(
      async (cause: unknown) => {
        const log = await sh('tail', ['-n', '30', join(dataDir, 'log')]);
        throw new Error(`PostgreSQL did not start:\n${log.stdout}`, { cause });
      },
    );
  };
  const stop = async (mode = 'fast') => {
    await program('pg_ctl', ['-D', dataDir, '-w', '-t', '120', '-m', mode, 'stop']);
  };
  const remove = async () => {
    await stop('immediate').catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };

  try {
    await mkdir(dataDir, { mode: 0o700 });
    await must('chown', [SYSTEM_USER, dataDir]);
    await program('initdb', [
      ...['-D', dataDir, '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
      ...['--auth-local=trust', '--auth-host=scram-sha-256'],
      ...initdb,
    ]);
    const lines = {
      listen_addresses: host,
      port: String(port),
      unix_socket_directories: dataDir,
      timezone: 'UTC',
      fsync: 'off',
      ...settings,
    };
    await appendFile(
      join(dataDir, 'postgresql.conf'),
      Object.entries(lines)
        .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
        .join(''),
    );
    // The first line that fits decides.
    await must('sed', [
      '-i',
      `1i ${[...hba, '# Those of the test stand above.'].join('\\n')}`,
      join(dataDir, 'pg_hba.conf'),
    ]);
    await appendFile(join(dataDir, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
    await input.prepare?.(dataDir);
    await start();
    const socket = [
      '-h',
      dataDir,
      '-p',
      String(port),
      '-U',
      'postgres',
      '-X',
      '-At',
      '-v',
      'ON_ERROR_STOP=1',
    ];
    const psql = (sql: string, database = 'postgres') =>
      program('psql', [...socket, '-d', database, '-c', sql]).then((output) => output.trimEnd());
    await psql(`alter role postgres password '${password}'`);
    return { programs, dataDir, host, port, adminUrl, url, psql, program, start, stop, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Makes Anvil's two roles and an empty database as the docs say, once per server: the owner is a plain login.
 *
 * @returns `postgres://…` of the owner, what DATABASE_URL would say
 */
export async function makeAnvilDatabase(server: PostgresServer, database = 'anvil_prod'): Promise<string> {
  const password = randomBytes(12).toString('hex');
  const there = await server.psql(`select 1 from pg_roles where rolname = 'anvil'`);
  if (there === '') {
    await server.psql('create role anvil login');
    await server.psql('create role anvil_app nologin');
    await server.psql('grant anvil_app to anvil');
  }
  await server.psql(`alter role anvil password '${password}'`);
  await server.psql(`create database ${database} owner anvil`);
  return server.url(database, 'anvil', password);
}

async function asOwner(
  program: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  const [command, rest] = isRoot
    ? ['runuser', ['-u', SYSTEM_USER, '--', program, ...args]]
    : [program, [...args]];
  return must(command, rest, { cwd: '/', ...(env ? { env } : {}) });
}

async function findPrograms(): Promise<string> {
  const parent = '/usr/lib/postgresql';
  const versions = (await readdir(parent).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  if (!versions[0]) throw new Error(`There is no PostgreSQL of Debian's in ${parent}`);
  return join(parent, versions[0], 'bin');
}

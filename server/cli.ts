import { inspect } from 'node:util';
import { ArchiveError } from '#db/archive/format.ts';
import { connect } from '#db/connections.ts';
import { EmbeddedDatabaseError } from '#db/embedded/errors.ts';
import { MigrationLockError } from '#db/migration-locks.ts';
import { migrationStatus, MissingRoleError } from '#db/migrate.ts';
import { describeRelease } from '#db/release.ts';
import { RollbackError } from '#db/rollback.ts';
import { acrossOrganisations } from '#db/tenancy.ts';
import { grantOperator, revokeOperator } from './auth/operators.ts';
import { findAccount } from './auth/owner-queries.ts';
import { exportCommand, importCommand } from './cli/archive.ts';
import { checkConfig } from './cli/config-check.ts';
import { openConsole } from './cli/console.ts';
import { parseRollback, rollbackCommand } from './cli/rollback.ts';
import { ConfigError, parseConfig, processEnvironment, type Config } from './config.ts';
import { findDatabase, migrateSafely, type DatabaseUrls } from './main/database.ts';
import { waitUntilReachable } from './main/reachable.ts';
import { expectedStartFailure, StartError } from './main/start-error.ts';
import { RELEASE } from './main/release.ts';

// `anvil-server`. The only file that does something when it is imported.

const USAGE = `anvil-server                       starts the server
anvil-server migrate [--wait]      migrates the database to this release (--wait: first waits until it can be reached)
anvil-server migrate:status        lists what is migrated and what is not
anvil-server rollback [N]          reverts the newest N migrations (1) that this release brought
             --delete-data [--yes] reverts migrations of earlier releases too, and deletes what they store
anvil-server export [FILE]         copies the whole database into a file (- is stdout)
anvil-server import FILE           fills a new database from such a file (- is stdin)
anvil-server console [--write]     opens an SQL prompt (read-only unless --write)
anvil-server config:check          prints the effective configuration and validates it
anvil-server mail:test ADDRESS     sends a test mail and prints what the mail server said
anvil-server operator grant EMAIL  makes somebody the instance's operator
anvil-server operator revoke EMAIL takes it from them
anvil-server user reset-link EMAIL prints a password reset link
anvil-server --version             prints the version and the commit of this release
anvil-server --help                prints this

The configuration is read from the environment; docs/configuration.md lists it.`;

/** The command line is wrong. */
class UsageError extends Error {
  override name = 'UsageError';
}

const print = (line: string) => console.log(line);

/** Commands print their result alone: what the embedded database says on its way goes to stderr. */
const printAside = (line: string) => console.error(line);

type Command = (config: Config, args: readonly string[]) => Promise<void>;

const COMMANDS: Record<string, Command> = {
  migrate: async (config, [flag, ...more]) => {
    if ((flag !== undefined && flag !== '--wait') || more.length > 0)
      throw new UsageError('Usage: anvil-server migrate, or migrate --wait');
    if (flag !== undefined) await waitUntilReachable(config, printAside);
    await withDatabase(config, async ({ directUrl }) => {
      const names = await migrateSafely(config, directUrl, printAside);
      print(names.length === 0 ? 'Nothing to migrate.' : names.map((name) => `Migrated ${name}`).join('\n'));
    });
  },

  'migrate:status': (config) =>
    withDatabase(config, async ({ directUrl }) => {
      const { done, pending, unknown } = await migrationStatus({ url: directUrl });
      for (const name of done) print(`done     ${name}`);
      for (const name of pending) print(`pending  ${name}`);
      for (const { name, release } of unknown)
        print(`unknown  ${name}${release ? `  (release ${release})` : ''}`);
      if (unknown.length > 0)
        printAside(`Another release than this one (${describeRelease(RELEASE)}) ran the unknown migrations.`);
    }),

  rollback: async (config, args) => {
    const options = parseRollback(args);
    if (!options) throw new UsageError('Usage: anvil-server rollback [N] [--delete-data [--yes]]');
    const { stdin: input, stdout: output } = process;
    const terminal = { input, output, isTerminal: input.isTTY && output.isTTY, print, printAside };
    await withDatabase(config, ({ directUrl }) => rollbackCommand(config, directUrl, options, terminal));
  },

  export: async (config, [file, ...more]) => {
    if (more.length > 0) throw new UsageError('Usage: anvil-server export, or export FILE, or export -');
    await withDatabase(config, ({ directUrl }) =>
      exportCommand(directUrl, file, file === '-' ? printAside : print),
    );
  },

  import: async (config, [file, ...more]) => {
    if (!file || more.length > 0) throw new UsageError('Usage: anvil-server import FILE, or import -');
    await withDatabase(config, ({ directUrl }) => importCommand(directUrl, file, print));
  },

  console: async (config, [flag, ...more]) => {
    if ((flag !== undefined && flag !== '--write') || more.length > 0)
      throw new UsageError('Usage: anvil-server console, or console --write');
    await withDatabase(config, async ({ directUrl: url }) => {
      const { stdin: input, stdout: output } = process;
      const isTerminal = input.isTTY && output.isTTY;
      const failed = await openConsole({ ...{ url, input, output, isTerminal }, write: flag !== undefined });
      if (failed > 0) process.exitCode = 1;
    });
  },

  'mail:test': async (config, [address, ...more]) => {
    if (!address || more.length > 0) throw new UsageError('Usage: anvil-server mail:test ADDRESS');
    const { sendTestMail } = await import('./cli/mail-test.ts');
    await sendTestMail(config, address);
    print(`The mail server accepted a mail to ${address}.`);
  },

  operator: async (config, [verb, email, ...more]) => {
    if ((verb !== 'grant' && verb !== 'revoke') || !email || more.length > 0)
      throw new UsageError('Usage: anvil-server operator grant EMAIL, or operator revoke EMAIL');
    await withDatabase(config, async (urls) => {
      const database = connect({ ...urls, poolSize: 1 });
      try {
        const account = await findAccount(database, email.trim().toLowerCase());
        if (!account) throw new StartError(`Nobody is registered as ${email}.`);
        await acrossOrganisations(database, `the command operator ${verb}`, async () => {
          if (verb === 'grant') return grantOperator(account.id);
          if (!(await revokeOperator(account.id))) throw new StartError(`${email} is not the operator.`);
        });
        print(verb === 'grant' ? `${email} is the operator now.` : `${email} is no longer the operator.`);
      } finally {
        await database.close();
      }
    });
  },

  user: async (config, [verb, email, ...more]) => {
    if (verb !== 'reset-link' || !email || more.length > 0)
      throw new UsageError('Usage: anvil-server user reset-link EMAIL');
    const { resetLinkFor } = await import('./cli/reset-link.ts');
    const link = await resetLinkFor(config, email, withDatabase);
    if (!link) throw new StartError(`Nobody is registered as ${email}.`);
    print(link);
    printAside(`Hand it to ${email} in a way that nobody else reads. It works once, for an hour.`);
  },
};

async function withDatabase(
  config: Config,
  work: (urls: Omit<DatabaseUrls, 'embedded'>) => Promise<void>,
): Promise<void> {
  const { embedded, ...urls } = await findDatabase(config, printAside);
  try {
    await work(urls);
  } finally {
    await embedded?.stop();
  }
}

async function run([name, ...args]: readonly string[]): Promise<void> {
  assertNodeVersion();
  if (name === '--help' || name === '-h' || name === 'help') return print(USAGE);
  if (name === '--version') return print(`anvil-server ${describeRelease(RELEASE)}`);
  if (name === undefined) {
    const { startServer } = await import('./main.ts');
    return startServer(parseConfig(processEnvironment()), print);
  }
  // Shows what is in effect even when that is wrong.
  if (name === 'config:check') return checkConfig(processEnvironment(), print, withDatabase);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`There is no command "${name}".`);
  await command(parseConfig(processEnvironment()), args);
}

/** The same check as in scripts/start.mjs, for `node build/server.mjs`. */
function assertNodeVersion(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new StartError(
    `Anvil needs Node 20.19 or newer, and this is ${process.version}. Install a newer Node.`,
  );
}

const FOR_PEOPLE = [
  ArchiveError,
  ConfigError,
  EmbeddedDatabaseError,
  MigrationLockError,
  MissingRoleError,
  RollbackError,
  StartError,
];

/** Turns what ended a command into text for the terminal. Only LOG_LEVEL=debug shows where in the code it arose. */
function explain(error: unknown): string {
  if (FOR_PEOPLE.some((kind) => error instanceof kind)) return (error as Error).message;
  const expected = expectedStartFailure(error);
  if (expected !== undefined) return expected;
  if (/^(debug|trace)$/.test(processEnvironment().LOG_LEVEL ?? '')) return inspect(error);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Anvil stopped because of an internal error (${what}). Set LOG_LEVEL=debug to see where it arose.`;
}

run(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
  console.error(explain(error));
  process.exit(1);
});

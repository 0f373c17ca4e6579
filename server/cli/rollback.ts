import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { describeRelease } from '#db/release.ts';
import { planRollback, rollback, RollbackError, type RollbackPlan } from '#db/rollback.ts';
import type { Config } from '../config.ts';
import { copyDatabase, copyEmbedded } from '../main/database.ts';
import { RELEASE } from '../main/release.ts';

/** What has to be typed before migrations of earlier releases are reverted. */
const CONFIRMATION = 'delete';

export interface RollbackOptions {
  steps: number;
  /** Reverts migrations of earlier releases too. */
  deleteData: boolean;
  /** Confirms `deleteData` in advance. */
  yes: boolean;
}

export interface Terminal {
  input: Readable;
  output: Writable;
  isTerminal: boolean;
  /** A line of the result. */
  print: (line: string) => void;
  /** A line that isn't the result. */
  printAside: (line: string) => void;
}

/** Reads `[N] [--delete-data [--yes]]`. @returns undefined if the arguments are something else */
export function parseRollback(args: readonly string[]): RollbackOptions | undefined {
  const [count = '1', ...more] = args.filter((argument) => !argument.startsWith('--'));
  const flags = args.filter((argument) => argument.startsWith('--'));
  const deleteData = flags.includes('--delete-data');
  const yes = flags.includes('--yes');
  const areKnown = flags.every((flag) => ['--delete-data', '--yes'].includes(flag));
  if (!/^[1-9]\d{0,3}$/.test(count) || more.length > 0 || !areKnown || (yes && !deleteData)) return undefined;
  return { steps: Number(count), deleteData, yes };
}

/**
 * `anvil-server rollback [N]`: reverts the newest migrations. Without `deleteData` only those that the running release
 * brought. With it the loss is named, the database copied if a copy can be stored, and the deletion confirmed.
 *
 * @param url `postgres://…` of the owner role, past any pooler
 * @throws RollbackError
 */
export async function rollbackCommand(
  config: Config,
  url: string,
  { steps, deleteData, yes }: RollbackOptions,
  terminal: Terminal,
): Promise<void> {
  const { print, printAside } = terminal;
  const input = { url, steps, release: RELEASE };
  const plan = await planRollback(input);
  if (plan.migrations.length === 0) return print('Nothing to revert.');
  const asks = plan.earlier.length > 0;
  if (asks && !deleteData) throw new RollbackError(refusal(plan));
  for (const line of describeLosses(plan)) printAside(line);
  if (!asks) await copyEmbedded(config, url, 'rollback', printAside);
  else {
    if (!yes && !terminal.isTerminal)
      throw new RollbackError("Nothing was reverted, because this isn't a terminal. Add --yes to confirm.");
    await tryToCopy(config, url, printAside);
    if (!yes && !(await isConfirmed(terminal))) throw new RollbackError('Nothing was reverted.');
  }
  const names = await rollback({ ...input, deleteData });
  for (const name of names) print(`Reverted ${name}`);
}

function refusal(plan: RollbackPlan): string {
  return [
    `Nothing was reverted: this release, ${describeRelease(RELEASE)}, didn't bring ${plan.earlier.join(', ')}.`,
    ...describeLosses(plan),
    'Make a backup. Then add --delete-data to revert them all the same.',
  ].join('\n');
}

function describeLosses({ migrations, losses }: RollbackPlan): string[] {
  const what = `Reverting ${migrations.join(', ')}`;
  if (losses.length === 0) return [`${what} deletes no table or column.`];
  const rows = losses.map(({ name, rows }) => `${String(rows).padStart(9)}  ${name}`);
  return [`${what} deletes these tables and columns (rows, name):`, ...rows];
}

/** A server in a container may have no place for a copy. */
async function tryToCopy(config: Config, url: string, print: (line: string) => void): Promise<void> {
  try {
    await copyDatabase(config, url, 'rollback', print);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    print(`No copy was made: ${config.dataDir} can't be written (${code}).`);
  }
}

async function isConfirmed({ input, output }: Terminal): Promise<boolean> {
  const lines = createInterface({ input, output, terminal: true });
  try {
    lines.setPrompt(`This can't be undone. Type ${CONFIRMATION} to continue: `);
    lines.prompt();
    const [answer] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
    return answer?.trim() === CONFIRMATION;
  } finally {
    lines.close();
  }
}

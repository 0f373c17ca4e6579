import { Writable } from 'node:stream';
import { exportArchive } from '#db/archive/export.ts';
import { exportToFile, importFromFile, timestamp } from '#db/archive/file.ts';
import type { TableSum } from '#db/archive/format.ts';
import { importArchive } from '#db/archive/import.ts';
import { migrate } from '#db/migrate.ts';
import { RELEASE as release } from '../main/release.ts';

/** Where lines for people go: beside the archive when that is what stdout is. */
type Print = (line: string) => void;

/**
 * `anvil-server export [FILE]`: the whole database in one file, while the server goes on. `-` is stdout.
 *
 * @param file made, and refused when it is there; without one a name with today's date in the working folder
 */
export async function exportCommand(
  url: string,
  file = `anvil-${timestamp(new Date())}.archive.gz`,
  print: Print = () => undefined,
): Promise<void> {
  const sums =
    file === '-'
      ? await exportArchive({ url, release, output: throughStdout() })
      : await exportToFile({ url, release, file });
  report(sums, print);
  print(`Exported ${total(sums)} to ${file === '-' ? 'stdout' : file}`);
  if (file !== '-')
    print('It holds everything but the secrets of the configuration. Keep it as safe as the database.');
}

/** `anvil-server import FILE`: fills a new database from an archive, and migrates it to this release. `-` is stdin. */
export async function importCommand(url: string, file: string, print: Print): Promise<void> {
  const sums =
    file === '-'
      ? await importArchive({ url, release, input: process.stdin })
      : await importFromFile({ url, release, file });
  report(sums, print);
  print(`Imported ${total(sums)}. Each was read back and is what was exported.`);
  for (const name of await migrate({ url, release })) print(`Migrated ${name}`);
}

/** Node never ends its own stdout, so that waiting for its end would wait for ever; this one ends. */
function throughStdout(): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      process.stdout.write(chunk, done);
    },
  });
}

function report(sums: readonly TableSum[], print: Print): void {
  for (const { table, rows, sha256 } of sums) print(`${String(rows).padStart(9)}  ${sha256}  ${table}`);
}

function total(sums: readonly TableSum[]): string {
  const rows = sums.reduce((count, sum) => count + sum.rows, 0);
  return `${rows.toLocaleString('en-GB')} rows of ${sums.length} tables`;
}

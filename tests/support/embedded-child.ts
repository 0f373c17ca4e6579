/**
 * A program that runs the embedded database as Anvil does, for tests that kill it. Arguments: the data folder, and
 * `hold` (run until standard input ends) or `write` (write numbered rows for ever). Tells what happens in lines of JSON.
 */
import pg from 'pg';
import { EmbeddedDatabaseError } from '#db/embedded/errors.ts';
import { startEmbedded } from '#db/embedded/start.ts';

export type ChildLine =
  | { ready: { url: string; pid: number } }
  | { failed: { reason: string; message: string } }
  | { written: number };

const tell = (line: ChildLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
const [dataDir = '', task = ''] = process.argv.slice(2);

async function write(url: string): Promise<never> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // No key: a row that came back twice must be seen, not refused.
  await client.query('create table if not exists numbered (n integer not null)');
  for (;;) {
    const { rows } = await client.query<{ n: number }>(
      'insert into numbered select coalesce(max(n), 0) + 1 from numbered returning n',
    );
    tell({ written: rows[0]?.n ?? 0 });
  }
}

try {
  const database = await startEmbedded({ dataDir });
  tell({ ready: { url: database.url, pid: database.pid } });
  if (task === 'write') await write(database.url);
  for await (const _ of process.stdin);
  await database.stop();
} catch (error) {
  if (!(error instanceof EmbeddedDatabaseError)) throw error;
  tell({ failed: { reason: error.reason, message: error.message } });
}

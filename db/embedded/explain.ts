import { join } from 'node:path';
import { hasNoSpaceToStart } from './disk.ts';
import { EmbeddedDatabaseError, saysDiskFull } from './errors.ts';
import type { Server } from './server.ts';
import type { Stop } from './supervisor.ts';

/**
 * Says why the server doesn't run.
 *
 * @param server the one that ran last
 * @param cause how it ended, or the error of the attempt to start the next one
 */
export async function explainStop(dataDir: string, server: Server, cause: unknown): Promise<Stop> {
  const ended = typeof cause === 'string';
  const isDiskFull =
    (cause instanceof EmbeddedDatabaseError && cause.reason === 'disk_full') ||
    (ended && saysDiskFull(lastLines(await server.log(), 20))) ||
    (await hasNoSpaceToStart(dataDir));
  if (isDiskFull) {
    return {
      reason: 'disk_full',
      message: `The disk of the embedded database in ${dataDir} is full. Free about 200 MB there.`,
    };
  }
  const message = ended
    ? `The embedded database in ${dataDir} stopped by itself (${cause}). The reason is in ${join(dataDir, 'postgres.log')}.`
    : `The embedded database could not be restarted. ${cause instanceof Error ? cause.message : String(cause)}`;
  return { reason: 'stopped', message };
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join('\n');
}

import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runningEmbeddedUrl } from '../db/embedded/running.ts';
import { median } from './median.ts';
import { putLoad, startServer, type Load, type RunningServer } from './server.ts';

/** What watching costs: answers a second with it, of those without. */
export interface Watched {
  what: string;
  ratio: number;
}

const ROUNDS = 7;

/**
 * Puts the loads in turn on two servers that have just started on the database of a third: one that is read by metrics,
 * traced and reports its errors, and one that is not. Seven short rounds and their median: what is looked for is
 * smaller than the noise of one.
 *
 * @param env of the third
 * @param ports of the one, of its metrics, and of the other
 */
export async function measureWatching(
  env: Record<string, string> & { ANVIL_DATA_DIR: string },
  ports: { watched: string; metrics: string; alone: string },
  loads: [string, Load][],
): Promise<Watched[]> {
  const databaseUrl = await runningEmbeddedUrl(join(env.ANVIL_DATA_DIR, 'database'));
  if (!databaseUrl) throw new Error('The embedded database can’t be reached from beside Anvil here');
  // Takes what it is sent, as a collector and Sentry would.
  const receiver = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const { port } = receiver.address() as AddressInfo;
  const start = (own: Record<string, string>) =>
    startServer(['scripts/start.mjs'], '/ready', { ...env, DATABASE_URL: databaseUrl, ...own });
  const alone = await start({ PORT: ports.alone });
  const watched = await start({
    PORT: ports.watched,
    METRICS_PORT: ports.metrics,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    SENTRY_DSN: `http://key@127.0.0.1:${port}/1`,
  });
  try {
    const results: Watched[] = [];
    for (const [what, load] of loads) results.push({ what, ratio: await ratioOf(load, watched, alone) });
    return results;
  } finally {
    await Promise.all([watched.stop(), alone.stop()]);
    receiver.close();
  }
}

async function ratioOf(load: Load, one: RunningServer, other: RunningServer): Promise<number> {
  const ratios: number[] = [];
  for (const server of [one, other]) await putLoad({ ...load, url: server.url + load.url, seconds: 4 });
  for (let round = 0; round < ROUNDS; round++) {
    // Who begins changes: a machine that grows slower would else always hit the same one.
    const order = round % 2 === 0 ? [one, other] : [other, one];
    const rates = new Map<RunningServer, number>();
    for (const server of order) {
      const { rate } = await putLoad({ ...load, url: server.url + load.url, seconds: 2 });
      rates.set(server, rate);
    }
    ratios.push((rates.get(one) ?? 0) / (rates.get(other) ?? 1));
  }
  return median(ratios, Number);
}

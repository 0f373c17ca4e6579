import { releaseId } from '#db/release.ts';
import type { Config } from '../config.ts';
import { RELEASE } from './release.ts';
import { createMetricsServer } from '../telemetry/metrics-server.ts';
import { startWatch, type Watch } from '../telemetry/watch.ts';
import { listen } from './listen.ts';

/**
 * Starts telemetry, and serves `/metrics` on METRICS_PORT if it is set.
 *
 * @throws StartError if METRICS_PORT can't be used
 */
export async function openWatch({
  metricsPort,
  host,
  otlpEndpoint,
  sentryDsn,
}: Pick<Config, 'metricsPort' | 'host' | 'otlpEndpoint' | 'sentryDsn'>): Promise<Watch> {
  const prometheus = metricsPort !== undefined;
  const watch = await startWatch({ prometheus, otlpEndpoint, sentryDsn, version: releaseId(RELEASE) });
  const writeMetrics = watch.meters?.writeMetrics;
  if (!prometheus || !writeMetrics) return watch;

  const server = createMetricsServer(writeMetrics);
  try {
    await listen(server, { host, port: metricsPort, variable: 'METRICS_PORT' });
  } catch (error) {
    await watch.close();
    throw error;
  }
  return {
    ...watch,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await watch.close();
    },
  };
}

import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { startWatch, type Watch } from '../telemetry/watch.ts';
import { StartError } from './start-error.ts';

/** @throws StartError when the port for metrics is taken */
export async function openWatch({ metricsPort, host, otlpEndpoint, sentryDsn }: Config): Promise<Watch> {
  const metrics = metricsPort === undefined ? undefined : { host, port: metricsPort };
  return startWatch({ metrics, otlpEndpoint, sentryDsn, version: packageJson.version }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      throw new StartError(
        `METRICS_PORT ${metricsPort} is taken by another program. Set it to another number.`,
      );
    },
  );
}

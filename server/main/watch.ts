import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { startWatch, type Watch } from '../telemetry/watch.ts';
import { listenFailure } from './listen.ts';
import { StartError } from './start-error.ts';

/** @throws StartError when the port for metrics can't be used */
export async function openWatch({ metricsPort, host, otlpEndpoint, sentryDsn }: Config): Promise<Watch> {
  const metrics = metricsPort === undefined ? undefined : { host, port: metricsPort };
  return startWatch({ metrics, otlpEndpoint, sentryDsn, version: packageJson.version }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === undefined || !metrics) throw error;
      throw new StartError(listenFailure(error.code, { ...metrics, variable: 'METRICS_PORT' }), {
        cause: error,
      });
    },
  );
}

import type { Meters } from './meters.ts';
import type { ErrorReports } from './error-reports.ts';
import type { Traces } from './traces.ts';

/** What is told to those who watch this process: each part is there only when the configuration asks for it. */
export interface Watch {
  meters: Meters | undefined;
  traces: Traces | undefined;
  errorReports: ErrorReports | undefined;
  /** Sends what is still held back. */
  close(): Promise<void>;
}

export interface WatchInput {
  /** Whether metrics are collected for Prometheus. */
  prometheus: boolean;
  /** Where metrics and traces are sent by OTLP, without `/v1/…`. */
  otlpEndpoint: string | undefined;
  sentryDsn: string | undefined;
  version: string;
}

/**
 * Starts what is configured. The libraries are loaded only then, so that a process nobody watches carries nothing of
 * them.
 */
export async function startWatch(input: WatchInput): Promise<Watch> {
  const { prometheus, otlpEndpoint, sentryDsn, version } = input;
  const meters =
    prometheus || otlpEndpoint
      ? (await import('./meters.ts')).startMeters({ prometheus, otlpEndpoint, version })
      : undefined;
  const traces = otlpEndpoint
    ? (await import('./traces.ts')).startTraces({ endpoint: otlpEndpoint, version })
    : undefined;
  const errorReports = sentryDsn
    ? (await import('./error-reports.ts')).startErrorReports({ dsn: sentryDsn, version })
    : undefined;
  return {
    ...{ meters, traces, errorReports },
    close: async () => {
      // What a receiver doesn't take now is lost; it must not keep the process.
      for (const part of [traces, meters, errorReports]) await part?.close().catch(() => undefined);
    },
  };
}

import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';
import type { RequestListener } from 'node:http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type IMetricReader } from '@opentelemetry/sdk-metrics';
import { observeMemory } from './memory-metrics.ts';
import { belowEndpoint, resourceAttributes } from './otlp.ts';
import type { WatchInput } from './watch.ts';

/** What is counted as it happens. */
export interface Meters {
  request(done: Answered & { milliseconds: number }): void;
  /** The sum of requests like this one, for who adds to the same thousands of times a second. */
  requestsLike(answered: Answered): Sum;
  /** A prompt was given out. The same object is found without a look at its strings. */
  served(delivered: Served): void;
  rendered: (outcome: 'ok' | 'failed', milliseconds: number) => void;
  mailed(outcome: 'sent' | 'failed'): void;
  /** What is looked at when somebody asks. Called once, when the process has it. */
  observe(sources: Observed): void;
  /** Answers with all metrics in Prometheus's format. Undefined unless `prometheus` was set. */
  writeMetrics: RequestListener | undefined;
  close(): Promise<void>;
}

/** The route is a pattern. */
export interface Answered {
  method: string;
  route: string;
  status: number;
}
export interface Served {
  set: string;
  version: string;
}
/** Who counts adds to it. */
export interface Sum {
  count: number;
}

export interface Observed {
  connections: () => { pool: string; used: number; idle: number; waiting: number }[];
  /** How long the database has not confirmed what the delivery cache holds, in seconds; 0 while it does. */
  unverifiedSeconds: () => number;
  jobs: () => Promise<{ waiting: number; failed: number }>;
}

/** In seconds: from an answer out of memory to one that a user gives up on. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Sets and versions that are counted by name; the rest together, or a busy instance would drown its Prometheus. */
const VERSIONS_MAX = 1_000;
const SEND_EVERY_MS = 15_000;

/** Names follow OpenTelemetry's conventions where it has one; Prometheus reads `.` as `_`. */
export function startMeters({
  prometheus,
  otlpEndpoint,
  version,
}: Pick<WatchInput, 'prometheus' | 'otlpEndpoint' | 'version'>): Meters {
  const readers: IMetricReader[] = [];
  // The exporter's own server is never started, because it answers 400 to every request if its host is `::`.
  const exporter = prometheus ? new PrometheusExporter({ preventServerStart: true }) : undefined;
  if (exporter) readers.push(exporter);
  if (otlpEndpoint) {
    const sender = new OTLPMetricExporter({ url: belowEndpoint(otlpEndpoint, 'v1/metrics') });
    readers.push(
      new PeriodicExportingMetricReader({ exporter: sender, exportIntervalMillis: SEND_EVERY_MS }),
    );
  }
  const resource = resourceFromAttributes(resourceAttributes(version));
  const provider = new MeterProvider({ resource, readers });
  const meter = provider.getMeter('anvil');
  observeMemory(meter);
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: SECONDS } };

  const requests = createCounter(meter, 'http.server.requests', 'Requests answered');
  const durations = meter.createHistogram('http.server.request.duration', {
    ...seconds,
    description: 'From a request to its answer',
  });
  const served = createCounter(meter, 'anvil.versions.served', 'Prompts given out', {
    most: VERSIONS_MAX,
    rest: { set: 'other', version: 'other' },
  });
  const renders = meter.createHistogram('anvil.render.duration', {
    ...seconds,
    description: 'Of one rendering',
  });
  const mails = meter.createCounter('anvil.mails', { description: 'Mails handed to the transport' });

  const requestsLike = ({ method, route, status }: Answered): Sum =>
    requests(`${method} ${route} ${status}`, () => attributesOf({ method, route, status }));
  const servedBefore = new WeakMap<Served, Sum>();

  return {
    request: ({ milliseconds, ...answered }) => {
      requestsLike(answered).count += 1;
      durations.record(milliseconds / 1_000, attributesOf(answered));
    },
    requestsLike,
    served: (delivered) => {
      let sum = servedBefore.get(delivered);
      if (!sum) {
        const { set, version } = delivered;
        sum = served(`${set}@${version}`, () => ({ set, version }));
        servedBefore.set(delivered, sum);
      }
      sum.count += 1;
    },
    rendered: (outcome, milliseconds) => renders.record(milliseconds / 1_000, { outcome }),
    mailed: (outcome) => mails.add(1, { outcome }),
    observe: ({ connections, unverifiedSeconds, jobs }) => {
      meter
        .createObservableGauge('anvil.database.connections', { description: 'By pool and state' })
        .addCallback((result: ObservableResult) => {
          for (const { pool, ...states } of connections()) {
            for (const [state, count] of Object.entries(states)) result.observe(count, { pool, state });
          }
        });
      meter
        .createObservableGauge('anvil.delivery.unverified', {
          unit: 's',
          description: 'How long the database has not confirmed what the delivery cache holds',
        })
        .addCallback((result: ObservableResult) => result.observe(unverifiedSeconds()));
      meter
        .createObservableGauge('anvil.jobs', { description: 'Jobs by state' })
        .addCallback(async (result: ObservableResult) => {
          // Without the database nothing is said of jobs: zero would be a lie.
          const counted = await jobs().catch(() => undefined);
          for (const [state, count] of Object.entries(counted ?? {})) result.observe(count, { state });
        });
    },
    writeMetrics: exporter && ((request, response) => exporter.getMetricsRequestHandler(request, response)),
    close: () => provider.shutdown(),
  };
}

function attributesOf({ method, route, status }: Answered): Attributes {
  return { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status };
}

/**
 * A counter that takes next to nothing to add to, for what happens thousands of times a second: the sums are kept here
 * by `key`, and OpenTelemetry, which takes microseconds over each addition, is told them when somebody asks.
 *
 * @param limit how many keys have a sum of their own, and what those beyond are counted as together
 * @returns finds the sum of a key
 */
function createCounter(
  meter: Meter,
  name: string,
  description: string,
  limit?: { most: number; rest: Attributes },
) {
  const sums = new Map<string, Sum & { attributes: Attributes }>();
  const rest = { attributes: limit?.rest ?? {}, count: 0 };
  meter.createObservableCounter(name, { description }).addCallback((result: ObservableResult) => {
    for (const { attributes, count } of [...sums.values(), rest]) {
      if (count > 0) result.observe(count, attributes);
    }
  });
  return (key: string, attributesOf: () => Attributes): Sum => {
    const known = sums.get(key);
    if (known) return known;
    if (limit && sums.size >= limit.most) return rest;
    const sum = { attributes: attributesOf(), count: 0 };
    sums.set(key, sum);
    return sum;
  };
}

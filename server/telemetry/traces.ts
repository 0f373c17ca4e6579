import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { belowEndpoint, resourceAttributes } from './otlp.ts';

export interface TracedRequest {
  method: string;
  route: string;
  status: number;
  requestId: string;
  /** The caller's `traceparent` header, if there is one. */
  traceparent: string | undefined;
  milliseconds: number;
}

export interface Traces {
  /** Tells of a request that has just been answered, as a span of its caller's trace if it named one. */
  request(done: TracedRequest): void;
  close(): Promise<void>;
}

/** W3C Trace Context: version, trace, parent, flags. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

export function startTraces({ endpoint, version }: { endpoint: string; version: string }): Traces {
  const exporter = new OTLPTraceExporter({ url: belowEndpoint(endpoint, 'v1/traces') });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resourceAttributes(version)),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('anvil');
  return {
    request: ({ method, route, status, requestId, traceparent, milliseconds }) => {
      const endTime = Date.now();
      const span = tracer.startSpan(
        `${method} ${route}`,
        {
          kind: SpanKind.SERVER,
          startTime: endTime - milliseconds,
          attributes: {
            'http.request.method': method,
            'http.route': route,
            'http.response.status_code': status,
            'anvil.request_id': requestId,
          },
        },
        callerOf(traceparent),
      );
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    },
    close: () => provider.shutdown(),
  };
}

function callerOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags = '00'] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true },
  });
}

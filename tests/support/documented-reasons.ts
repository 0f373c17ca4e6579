import type { FastifyInstance } from 'fastify';
import { operationsOf, type OpenApiDocument, type PlacedOperation, type Schema } from './openapi.ts';

interface GivenAnswer {
  method: string;
  url: string;
  status: number;
  body: unknown;
}

/**
 * Checks that the OpenAPI document lists the reason of each error that a test gets over REST, so that every test of the
 * suite compares the document with the server.
 */
export function createReasonCheck(
  app: FastifyInstance,
  baseUrl: string,
): (answer: GivenAnswer) => Promise<void> {
  let operations: PlacedOperation[] | undefined;
  const { host } = new URL(baseUrl);
  const load = async () => {
    const answer = await app.inject({ url: '/api/v1/openapi.json', headers: { host } });
    // A server under test may serve another host only.
    return answer.statusCode === 200 ? operationsOf(JSON.parse(answer.body) as OpenApiDocument) : [];
  };
  return async ({ method, url, status, body }) => {
    const { error } = (body ?? {}) as { error?: { reason?: string } };
    if (status < 400 || error?.reason === undefined || !url.startsWith('/api/v1/')) return;
    operations ??= await load();
    const path = url.split('?', 1)[0] ?? '';
    const operation = operations.find((one) => one.method === method && patternOf(one.path).test(path));
    if (!operation) return;
    const schema = operation.responses[String(status)]?.content?.['application/json']?.schema;
    const [, narrowed] = (schema?.allOf ?? []) as Schema[];
    const reasons = (narrowed?.properties?.error?.properties?.reason?.enum ?? []) as string[];
    if (reasons.includes(error.reason)) return;
    throw new Error(
      `${operation.operationId} answers ${status} ${error.reason}, which the document doesn't list`,
    );
  };
}

/** An address has several segments. A key of a path is one. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('{address}', '.*').replaceAll(/\{\w+\}/g, '[^/]*')}$`);
}

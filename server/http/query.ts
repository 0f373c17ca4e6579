import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The query parameters that the route knows; none when left out. `any`: they aren't checked. */
    query?: readonly string[] | 'any';
  }
}

/**
 * Refuses a query parameter that the route doesn't know. An ignored one means a wrong answer with a 200: the caller of
 * `?label=production` would get the newest version.
 *
 * @param advice says what to write instead of a parameter; left out, the advice is to remove it
 * @throws AppError BAD_REQUEST `query.unknown` with each unknown parameter
 */
export function assertKnownQuery(
  request: FastifyRequest,
  advice: (name: string, value: unknown) => string = () => 'Remove it.',
): void {
  if (!request.url.includes('?')) return;
  const { query: known = [] } = request.routeOptions.config;
  if (known === 'any') return;
  const details = Object.entries(request.query as Record<string, unknown>)
    .filter(([name]) => !known.includes(name))
    .map(([name, value]) => ({
      field: shown(name),
      message: `There is no query parameter "${shown(name)}" here. ${advice(name, value)}`,
    }));
  const [first] = details;
  if (!first) return;
  throw new AppError('BAD_REQUEST', first.message, { reason: 'query.unknown', details });
}

function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

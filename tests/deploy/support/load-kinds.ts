import type { LoadCount, LoadKind } from './load.ts';

/** Where the first prompt is fetched, without its version. */
export const PROMPT = '/api/v1/prompts/by_address/playground/first/hello';
export const GET: LoadKind = { name: 'get', path: `${PROMPT}@^1`, connections: 8, pauseMs: 2 };
export const LIST: LoadKind = { name: 'list', path: '/api/v1/projects', connections: 2, pauseMs: 20 };

let batches = 0;
/** Few enough for the limit of writes of one key. Names are ids, so that slugs tell what was done. */
export function writes(): LoadKind {
  batches += 1;
  const body = JSON.stringify({ name: '@id@', slug: '@id@' });
  const path = '/api/v1/projects';
  const name = `write-${batches}`;
  return { name, method: 'POST', path, body, idempotent: true, connections: 2, pauseMs: 500 };
}

/** The slugs of the projects that were acknowledged. */
export function written(counted: Record<string, LoadCount>): string[] {
  return Object.entries(counted).flatMap(([name, { done }]) => (name.startsWith('write') ? done : []));
}

/** Prompts of 100 kB in a prompt set. */
export function largeWrites(set: string): LoadKind {
  const content = { kind: 'text', template: 'x'.repeat(100_000), parameters: [] };
  const body = JSON.stringify({ name: `@id@-${Date.now()}`, content });
  const path = `/api/v1/prompt_sets/${set}/prompts`;
  return { name: 'big', method: 'POST', path, body, idempotent: true, connections: 1, pauseMs: 500 };
}

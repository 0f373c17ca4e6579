import type { FastifyInstance } from 'fastify';
import { appRouter, findProcedure } from '#server/trpc/router.ts';
import type { Target } from '../matrix/entries.ts';
import { PROCEDURES } from '../matrix/procedures.ts';
import { ROUTES } from '../matrix/routes.ts';

/** A route or procedure with a call that would be answered, which a wrong request is made from. */
export interface Endpoint {
  /** `POST /api/v1/projects` or `labels.move`. */
  name: string;
  kind: 'rest' | 'trpc' | 'page';
  method: string;
  /** With the query of the right call. */
  url: string;
  headers: Record<string, string>;
  /** As it is sent; `undefined` without one. */
  body: string | undefined;
  /** The type of body that it takes; `undefined` when it takes none. */
  mediaType: 'application/json' | 'text/csv' | undefined;
  /** The fields of its JSON input, in the body or in tRPC's `input`. */
  input: Record<string, unknown> | undefined;
  allowsAnonymous: boolean;
  /** Delivery takes API keys only. */
  keysOnly: boolean;
  /** Names of parameters in its path that are ids. */
  idParams: string[];
  /** Methods that its path has. */
  allow: string[];
}

/** Collects the routes of an app while they are registered. */
export function collectRoutes(app: FastifyInstance): { method: string; url: string; hidden: boolean }[] {
  const routes: { method: string; url: string; hidden: boolean }[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    const hidden = schema !== undefined && 'hide' in schema && schema.hide === true;
    for (const one of [method].flat()) routes.push({ method: one, url, hidden });
  });
  return routes;
}

const JSON_TYPE: Record<string, string> = { 'content-type': 'application/json' };

const OPEN = new Set(['GET /live', 'GET /ready', 'GET /health', 'GET /api/v1/openapi.json']);

/**
 * Every route and procedure of the app, and a page. The matrix holds a right call of each; its own test fails when one
 * is missing.
 */
export function endpointsOf(registered: ReturnType<typeof collectRoutes>, target: Target): Endpoint[] {
  return [...routesOf(registered, target), ...proceduresOf(target), PAGE];
}

const PAGE: Endpoint = {
  ...{
    name: 'a page',
    kind: 'page',
    method: 'POST',
    url: '/sign-in',
    allowsAnonymous: true,
    keysOnly: false,
  },
  ...{
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'email=a',
    mediaType: undefined,
  },
  ...{ input: undefined, idParams: [], allow: ['GET', 'HEAD', 'POST'] },
};

function routesOf(registered: ReturnType<typeof collectRoutes>, target: Target): Endpoint[] {
  return Object.entries(ROUTES)
    .filter(([name]) => !name.includes(' (') && !OPEN.has(name))
    .map(([name, entry]) => {
      const [method = '', path = ''] = name.split(' ');
      const { url, body, headers = {} } = entry.call(target);
      const isCsv = path.endsWith('/import');
      const takesJson = body !== undefined && !isCsv;
      const mediaType = isCsv ? 'text/csv' : takesJson ? 'application/json' : undefined;
      return {
        ...{ name, kind: 'rest', method, url, mediaType, allowsAnonymous: false },
        headers: { ...(mediaType ? { 'content-type': mediaType } : {}), ...headers },
        body: takesJson ? JSON.stringify(body) : (body as string | undefined),
        input: takesJson ? (body as Record<string, unknown>) : undefined,
        keysOnly: entry.keysOnly ?? false,
        idParams: [...path.matchAll(/:(\w+_id)/g)].map(([, param = '']) => param),
        allow: registered.filter((route) => route.url === path && !route.hidden).map((route) => route.method),
      };
    });
}

function proceduresOf(target: Target): Endpoint[] {
  return Object.keys(appRouter._def.procedures).map((path): Endpoint => {
    const { type, allowsAnonymous = false } = findProcedure(path) ?? {};
    const input = (PROCEDURES[path] ?? otherEntryOf(path)).input(target, 'owner') ?? {};
    const isQuery = type === 'query';
    const text = JSON.stringify(input);
    return {
      ...{ name: path, kind: 'trpc', keysOnly: false, idParams: [], allowsAnonymous },
      method: isQuery ? 'GET' : 'POST',
      url: `/trpc/${path}${isQuery ? `?input=${encodeURIComponent(text)}` : ''}`,
      headers: isQuery ? {} : JSON_TYPE,
      body: isQuery ? undefined : text,
      mediaType: isQuery ? undefined : 'application/json',
      input: input as Record<string, unknown>,
      allow: isQuery ? ['GET', 'HEAD'] : ['POST'],
    };
  });
}

/** Some procedures are in the matrix by several calls: `prompts.archive (published)`. */
function otherEntryOf(path: string) {
  const found = Object.entries(PROCEDURES).find(([name]) => name.startsWith(`${path} (`));
  if (!found) throw new Error(`The matrix has no call of ${path}`);
  return found[1];
}

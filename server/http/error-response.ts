import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody, type AppError } from '../errors.ts';

/** Sends an error: its status, its headers and the one JSON body, or a plain page to a person who opened a page. */
export function sendError(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  setErrorHeaders(error, reply);
  if (wantsPage(request)) {
    reply.type('text/html; charset=utf-8').serializer(String).send(plainPage(error, request.id));
    return;
  }
  reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(errorBody(error, request.id));
}

/** Sets the status of an error and the headers that belong to it, for bodies of every shape. */
export function setErrorHeaders(error: AppError, reply: FastifyReply): void {
  reply.code(error.status).header('cache-control', 'no-store');
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="Anvil"');
}

function wantsPage({ headers, url }: FastifyRequest): boolean {
  return /\btext\/html\b/.test(headers.accept ?? '') && !/^\/(api|trpc)\//.test(url);
}

/** Has no styles and scripts, because the files of the pages may not be available. */
function plainPage(error: AppError, requestId: string): string {
  const { status } = error;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${status} · Anvil</title><h1>${status}</h1><p>${escape(error.message)}</p><p>Request ${escape(requestId)}</p><p><a href="/">To the start page</a></p></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

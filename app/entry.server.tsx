import { PassThrough } from 'node:stream';
import { createReadableStreamFromReadable, type AppLoadContext, type EntryContext } from '@remix-run/node';
import { RemixServer, isRouteErrorResponse } from '@remix-run/react';
import { isbot } from 'isbot';
import { renderToPipeableStream } from 'react-dom/server';
import { DocumentContext } from './lib/document-context.ts';
import { themeFromCookie } from './lib/theme.ts';

/** How long deferred loader data may take, in milliseconds; rendering is given up a second later. */
export const streamTimeout = 5_000;

/** Renders a page as a stream: browsers get the shell at once, crawlers get it whole. */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  context: AppLoadContext,
): Promise<Response> {
  const facts = {
    cspNonce: context.cspNonce,
    requestId: context.requestId,
    theme: themeFromCookie(request.headers.get('Cookie')),
  };
  const ready = isbot(request.headers.get('User-Agent')) ? 'onAllReady' : 'onShellReady';

  return new Promise((resolve, reject) => {
    let answered = false;
    const { pipe, abort } = renderToPipeableStream(
      <DocumentContext.Provider value={facts}>
        <RemixServer context={remixContext} url={request.url} nonce={context.cspNonce} />
      </DocumentContext.Provider>,
      {
        nonce: context.cspNonce,
        [ready]: () => {
          answered = true;
          const body = new PassThrough();
          headers.set('Content-Type', 'text/html; charset=utf-8');
          resolve(new Response(createReadableStreamFromReadable(body), { headers, status }));
          pipe(body);
        },
        onShellError: reject,
        onError(error: unknown) {
          // Before the shell stands, the error comes by onShellError and is logged there; a reader who has gone away
          // is no error.
          if (answered && !request.signal.aborted) context.logError(error);
        },
      },
    );
    setTimeout(abort, streamTimeout + 1_000).unref();
    request.signal.addEventListener('abort', () => abort(request.signal.reason), { once: true });
  });
}

/** Remix calls this for whatever a loader or action threw, a 404 and a reader who went away too: those aren't logged. */
export function handleError(
  error: unknown,
  { request, context }: { request: Request; context: AppLoadContext },
): void {
  if (request.signal.aborted) return;
  if (isRouteErrorResponse(error) && error.status < 500) return;
  context.logError(error);
}

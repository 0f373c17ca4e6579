/**
 * The requests that Remix sends for pages: data and forms. Remix shows an error page in place of the page when one of
 * them fails, and everything typed there is gone. Here such a request stays pending, the page stays as it is, and
 * `<RequestFailureBanner>` says what happened. See docs/decisions/0024-keep-the-page.md.
 */

/** Why the last request of a page has no usable answer. */
export interface RequestFailure {
  /** The sentences for the person. */
  message: string;
  /** A script of the next page is missing, so only a load of the whole document helps. */
  needsDocument?: boolean;
}

type Send = typeof fetch;

const RECEIVED_BY = 'X-Remix-Response';
const TEXT_IS_KEPT = 'Your text is kept.';
const UNREACHABLE = 'Anvil can’t be reached. Check your connection, then try again.';

let failure: RequestFailure | undefined;
const listeners = new Set<() => void>();

/** The failure of the newest request; undefined as soon as another one is sent. */
export function currentFailure(): RequestFailure | undefined {
  return failure;
}

/** @returns a function that ends the subscription */
export function onFailureChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Reports that a request failed, or by `undefined` that another one was sent. */
export function reportFailure(next: RequestFailure | undefined): void {
  if (failure === next) return;
  // The data and the scripts of a page are fetched at the same time, and both fail.
  failure = next && { needsDocument: failure?.needsDocument, ...next };
  for (const listener of listeners) listener();
}

/** Replaces `fetch` for the requests of pages. All others are sent as they are. */
export function keepPageOnFailure(browser: { fetch: Send; location: { origin: string } }): void {
  const send = browser.fetch.bind(browser);
  browser.fetch = (input, init) =>
    // Data that is fetched in advance has no signal. A failure there isn't shown.
    init?.signal && isPageRequest(input, browser.location.origin)
      ? sendForPage(send, input, init, init.signal)
      : send(input, init);
}

function isPageRequest(input: RequestInfo | URL, origin: string): boolean {
  const url = new URL(input instanceof Request ? input.url : input, origin);
  return url.origin === origin && url.pathname.endsWith('.data');
}

async function sendForPage(
  send: Send,
  input: RequestInfo | URL,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Response> {
  reportFailure(undefined);
  const isWrite = init.method !== undefined && init.method.toUpperCase() !== 'GET';
  try {
    const response = await readWhole(await send(input, init));
    const failed = await failureOf(response, isWrite);
    if (!failed) return response;
    if (!signal.aborted) reportFailure(failed);
  } catch (error) {
    if (signal.aborted) throw error;
    reportFailure({ message: isWrite ? notSaved('Anvil can’t be reached.') : UNREACHABLE });
  }
  // The router aborts this request when the person tries again or goes elsewhere.
  return new Promise((_, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

/** Reads the body before Remix does: Remix logs a body that is cut off, also when the navigation was cancelled. */
async function readWhole(response: Response): Promise<Response> {
  if (!response.body) return response;
  const { status, statusText, headers } = response;
  return new Response(await response.arrayBuffer(), { status, statusText, headers });
}

/** @returns undefined for an answer that Remix shows */
async function failureOf(response: Response, isWrite: boolean): Promise<RequestFailure | undefined> {
  const { status, headers } = response;
  const isAnswer = headers.has(RECEIVED_BY) || (response.ok && !isWrite);
  if (isAnswer && !(isWrite && status >= 500)) return undefined;
  // A successful answer of another server is a page of the network, such as one to sign in to a Wi-Fi.
  if (!isAnswer && (status >= 500 || response.ok))
    return { message: isWrite ? notSaved('Anvil can’t be reached.') : UNREACHABLE };
  const body = await response.text();
  if (!isAnswer) {
    const refusal = refusalIn(body) ?? `The request was refused with status ${status}.`;
    return { message: isWrite ? notSaved(refusal) : refusal };
  }
  if (body.includes('"outcome_unknown"'))
    return {
      message: `The connection to the database was lost. Check whether your change is saved. ${TEXT_IS_KEPT}`,
    };
  if (status === 503) return { message: notSaved('Anvil can’t answer right now.') };
  const requestId = headers.get('x-request-id');
  return {
    message: notSaved(
      `Something went wrong. The error was logged${requestId ? ` under request ID ${requestId}` : ''}.`,
    ),
  };
}

function notSaved(reason: string): string {
  return `Not saved: ${reason} ${TEXT_IS_KEPT}`;
}

/** The sentence of an error of the HTTP server, such as a body that is too large. */
function refusalIn(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return undefined;
  }
}

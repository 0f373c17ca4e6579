/**
 * Errors as pages show them. The server's AppError is known here by its shape only: a page that imported the class
 * would get a second copy of it, and `instanceof` would be false.
 */

/** Somewhere else to go, offered on an error page. */
export interface Suggestion {
  label: string;
  to: string;
}

/** The body of an error that becomes a page. */
export interface PageError {
  status: number;
  /** Stable, for programs: `not_found`. */
  reason?: string;
  /** A whole sentence for the person. */
  message?: string;
  requestId?: string;
  /** What was asked for, as an address: `support/mails`. */
  address?: string;
  suggestions?: Suggestion[];
  retryAfterSeconds?: number;
}

/** What a form shows after a failed action: sentences per field, and one for what belongs to no field. */
export interface FormErrors {
  status: number;
  reason: string;
  form?: string;
  fields: Record<string, string[]>;
  /** What the page needs to go on, such as the other editor's text. */
  data?: unknown;
}

interface AppErrorShape {
  status: number;
  reason: string;
  message: string;
  details: { field: string; message: string }[];
  retryAfterSeconds?: number;
  data?: unknown;
}

/**
 * The server's expected error inside whatever was thrown (tRPC wraps it as `cause`), or undefined for a bug. A bug comes
 * from tRPC as an AppError as well, `internal`; it has to go on being thrown, or it would stand in no log.
 */
function findAppError(thrown: unknown): AppErrorShape | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error.name !== 'AppError' || !('status' in error) || !('reason' in error)) continue;
    return error.reason === 'internal' ? undefined : (error as unknown as AppErrorShape);
  }
  return undefined;
}

/** The response to throw from a loader, so that the nearest error boundary shows the page for it. */
export function pageErrorResponse(error: PageError): Response {
  const headers = new Headers({ 'Cache-Control': 'no-store' });
  if (error.retryAfterSeconds) headers.set('Retry-After', String(error.retryAfterSeconds));
  return Response.json(error, { status: error.status, headers });
}

/**
 * For loaders: `await forPage(context.trpc.prompts.get(…), context, { address })`. An expected error becomes the page
 * for it, with the request id; a bug goes on as it is, is logged by entry.server.tsx and shown as "Internal error".
 *
 * @param extra what the error page says beyond the error: the address, and where somebody may have meant to go when it
 *   is missing
 * @throws Response with a PageError as its body
 */
export async function forPage<T>(
  work: Promise<T>,
  context: { requestId: string },
  extra: Pick<PageError, 'address'> & { suggest?: () => Promise<Suggestion[]> } = {},
): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const error = findAppError(thrown);
    if (!error) throw thrown;
    const { reason, message, retryAfterSeconds } = error;
    // What a loader asks for stands in the address: one that can't be right leads nowhere.
    const status = error.status === 422 ? 404 : error.status;
    throw pageErrorResponse({
      address: extra.address,
      suggestions: status === 404 ? await extra.suggest?.() : undefined,
      status,
      reason,
      message,
      retryAfterSeconds,
      requestId: context.requestId,
    });
  }
}

/** For loaders: `null` where the thing isn't there; all else goes on as it is. */
export async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (thrown) {
    if (findAppError(thrown)?.status === 404) return null;
    throw thrown;
  }
}

/** Errors at which a form stays open with what was typed; all others are a page of their own. */
const STATUSES_OF_FORMS = new Set([400, 401, 403, 409, 412, 413, 422, 423, 429]);

/**
 * For actions: the errors to show at the form's fields.
 *
 * @throws Response when the thing itself is gone or the server can't answer; the thrown value when it is a bug
 */
export function formErrors(thrown: unknown, context: { requestId: string }): FormErrors {
  const error = findAppError(thrown);
  if (!error) throw thrown;
  const { status, reason, message, details, data, retryAfterSeconds } = error;
  if (!STATUSES_OF_FORMS.has(status)) {
    throw pageErrorResponse({ status, reason, message, retryAfterSeconds, requestId: context.requestId });
  }
  const fields: Record<string, string[]> = {};
  for (const detail of details) (fields[detail.field] ??= []).push(detail.message);
  return { status, reason, fields, form: details.length === 0 ? message : undefined, data };
}

/** Reads the body of an error response; whatever isn't a PageError gives nothing. */
export function readPageError(body: unknown): Partial<PageError> {
  return typeof body === 'object' && body !== null && 'status' in body ? (body as PageError) : {};
}

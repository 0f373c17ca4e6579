import type { ErrorBody } from '../../server/errors.ts';
import type { ProjectView } from '../../server/schemas/projects.ts';
import { CommandError, EXIT } from './errors.ts';

/** Anvil's REST API with one API key. */
export interface RestClient {
  /** @param path below `/api/v1` */
  urlOf(path: string): URL;
  key: string;
  /**
   * Asks and reads the JSON answer.
   *
   * @throws RefusedError for an answer that is an error, CommandError when there is none
   */
  request<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T>;
}

/** The server understood and said no. */
export class RefusedError extends CommandError {
  override name = 'RefusedError';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, { reason, message, details }: ErrorBody['error']) {
    const fields =
      details.length > 1 ? details.map((detail) => `\n  ${detail.field}: ${detail.message}`) : [];
    super(EXIT.server, message + fields.join(''));
    this.status = status;
    this.reason = reason;
  }
}

const TIMEOUT_MS = 30_000;

export function createRestClient({ url, key }: { url: URL; key: string }): RestClient {
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}/api/v1`;
  const urlOf = (path: string) => new URL(base + path);
  return {
    urlOf,
    key,
    request: async <T>(method: 'GET' | 'POST', path: string, body?: object) => {
      const answer = await fetch(urlOf(path), {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body ? { body: JSON.stringify(body) } : {}),
      }).catch((error: unknown) => {
        throw notReached(url, error);
      });
      const text = await answer.text().catch((error: unknown) => {
        throw notReached(url, error);
      });
      if (!answer.ok) throw refusal(urlOf(path), answer.status, text);
      return readJson(text) as T;
    },
  };
}

/** @throws CommandError with what to do when there is none, or the key may not see it */
export async function requireProject(client: RestClient, slug: string): Promise<ProjectView> {
  try {
    const path = `/projects/${encodeURIComponent(slug)}`;
    const { project } = await client.request<{ project: ProjectView }>('GET', path);
    return project;
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    const message = `There is no project "${slug}", or this API key can't use it. Create the project, then run the command again.`;
    throw new CommandError(EXIT.server, message, error);
  }
}

/** What an answer that is an error says; one that is not Anvil's own (a proxy's page) is named by its status. */
export function refusal(url: URL, status: number, text: string): CommandError {
  const { error } = (readJson(text) ?? {}) as Partial<ErrorBody>;
  if (typeof error?.message === 'string' && Array.isArray(error.details))
    return new RefusedError(status, error);
  return new CommandError(
    EXIT.server,
    `The answer of ${url.origin} (${status}) isn't from Anvil. Check the address.`,
  );
}

/** @param error of fetch, whose own message says nothing */
export function notReached(url: URL, error: unknown): CommandError {
  const { cause = error } = error as { cause?: unknown };
  const { code, message } = cause as { code?: unknown; message?: string };
  const why = typeof code === 'string' ? code : (message ?? 'for an unknown reason');
  return new CommandError(
    EXIT.server,
    `Anvil can't be reached at ${url.origin} (${why}). Check that it runs there.`,
    error,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import type { AppRouter } from './app-router.ts';

export type * from './app-router.ts';

/** The server takes no larger batch. */
const BATCH_MAX = 20;
/** Calls whose address would be longer go out in several requests; proxies refuse long ones. */
const URL_MAX_LENGTH = 4_000;

export interface AnvilTrpcClientOptions {
  /** Where Anvil is, such as `https://anvil.example.com`. */
  url: string;
  /** An API key, `ank_…`. */
  apiKey: string;
  /** Used in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** All procedures by noun: `client.prompts.list.query({ … })`, `client.versions.publish.mutate({ … })`. */
export type AnvilTrpcClient = TRPCClient<AppRouter>;

/**
 * A typed client of Anvil's tRPC door, with the rights of one API key. Calls that are made in the same tick go out in
 * one request. A call that fails rejects with a TRPCClientError whose `data` holds `httpStatus`, `type`, `reason`,
 * `details` and `request_id`.
 *
 * @throws TypeError when `url` is not an http(s) address
 */
export function createAnvilTrpcClient({ url, apiKey, fetch }: AnvilTrpcClientOptions): AnvilTrpcClient {
  return createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: trpcUrl(url),
        maxItems: BATCH_MAX,
        maxURLLength: URL_MAX_LENGTH,
        headers: { authorization: `Bearer ${apiKey}` },
        ...(fetch ? { fetch } : {}),
      }),
    ],
  });
}

function trpcUrl(url: string): string {
  const base = new URL(url);
  if (!/^https?:$/.test(base.protocol))
    throw new TypeError(`Anvil is asked by http or https, not by ${base.protocol}`);
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}/trpc`;
}

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import Fastify from 'fastify';

/** Where the address of a client comes from. */
export interface ClientAddressSource {
  /** The addresses and networks of the proxies in front of Anvil, or how many proxies there are. */
  trustedProxies: readonly string[] | number;
  /** In lower case. Undefined: the address comes from `X-Forwarded-For`. */
  clientIpHeader: string | undefined;
}

/** `hop` is 0 for the address that connects to Anvil, 1 for the one before, and so on. */
type IsProxy = (address: string | undefined, hop: number) => boolean;

/** Returns a function that tells which addresses are proxies, for Fastify's option `trustProxy`. */
export function createProxyTest({ trustedProxies }: Pick<ClientAddressSource, 'trustedProxies'>): IsProxy {
  // Only proxies can connect to a server that is configured by their number, so nothing else identifies them.
  if (typeof trustedProxies === 'number') return (_address, hop) => hop < trustedProxies;
  const list = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = '', prefix] = proxy.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address = '') => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/**
 * Returns a function that changes a request's headers so that `X-Forwarded-For` holds what Fastify must read. It has to
 * run before anything reads the address of the client.
 *
 * * The header `clientIpHeader` of a trusted proxy replaces `X-Forwarded-For`. If it doesn't hold exactly one address,
 *   the client's address is that of the proxy, and never one that the client could choose.
 * * Ports are removed. Some proxies append them, and each port would count as a different client.
 */
export function createAddressHeaderReader(source: ClientAddressSource): (request: IncomingMessage) => void {
  const { clientIpHeader } = source;
  const isProxy = createProxyTest(source);
  return ({ headers, socket }) => {
    if (clientIpHeader !== undefined && isProxy(socket.remoteAddress, 0)) {
      const value = headers[clientIpHeader];
      const address = typeof value === 'string' ? withoutPort(value) : '';
      if (isIP(address) === 0) delete headers['x-forwarded-for'];
      else headers['x-forwarded-for'] = address;
      return;
    }
    const forwarded = headers['x-forwarded-for'];
    if (typeof forwarded === 'string' && /[:[]/.test(forwarded))
      headers['x-forwarded-for'] = forwarded.split(',').map(withoutPort).join(', ');
  };
}

interface SampleRequest {
  /** The address that connects to Anvil. */
  from: string;
  headers: Record<string, string>;
}

/** Returns the address that Anvil would take for the client's, found in the same way as for a real request. */
export async function clientAddressOf(
  source: ClientAddressSource,
  { from, headers }: SampleRequest,
): Promise<string> {
  const readAddressHeader = createAddressHeaderReader(source);
  const app = Fastify({
    trustProxy: createProxyTest(source),
    rewriteUrl: (request) => {
      readAddressHeader(request);
      return '/';
    },
  });
  app.get('/', ({ ip }) => ip);
  const { body } = await app.inject({ url: '/', remoteAddress: from, headers });
  return body;
}

/** Removes the port from `192.0.2.1:1234` and `[2001:db8::1]:1234`. Returns other text unchanged. */
function withoutPort(address: string): string {
  const text = address.trim();
  return (
    /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.exec(text)?.[1] ??
    /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ??
    text
  );
}

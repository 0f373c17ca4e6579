import type { Config } from '../config.ts';
import { clientAddressOf } from '../http/client-address.ts';

const CLIENT = '203.0.113.7';
/** An address that the client itself writes into `X-Forwarded-For`. */
const FORGED = '192.0.2.66';

/** Returns a sentence that shows from which part of a request Anvil takes the address of the client. */
export async function describeSampleRequest(
  config: Pick<Config, 'trustedProxies' | 'clientIpHeader'>,
): Promise<string> {
  const { trustedProxies, clientIpHeader } = config;
  const isNumber = typeof trustedProxies === 'number';
  const proxy = isNumber ? '10.0.0.1' : trustedProxies[0]?.replace(/\/.*/, '');
  if (proxy === undefined)
    return 'Sample request: TRUSTED_PROXIES is empty. The address of the client is the one that connects, whatever its headers say.';
  const others = isNumber
    ? Array.from({ length: trustedProxies - 1 }, (_, at) => `198.51.100.${at + 1}`)
    : [];
  const [name, value] = clientIpHeader
    ? [clientIpHeader, CLIENT]
    : ['X-Forwarded-For', [FORGED, CLIENT, ...others].join(', ')];
  const address = await clientAddressOf(config, { from: proxy, headers: { [name]: value } });
  return `Sample request: ${proxy} connects and sends "${name}: ${value}". The address of the client is ${address}.`;
}

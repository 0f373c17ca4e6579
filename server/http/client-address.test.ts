import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddressOf, type ClientAddressSource } from './client-address.ts';

const CLIENT = '203.0.113.7';

/** What the proxies of a platform send for a client. */
interface Platform {
  name: string;
  source: ClientAddressSource;
  /** The address that connects to Anvil. */
  from: string;
  /** @param forged the `X-Forwarded-For` that the client sent, followed by a comma, or nothing */
  headers: (forged: string) => Record<string, string>;
}

const PLATFORMS: Platform[] = [
  {
    name: 'nginx on the same machine',
    source: { trustedProxies: ['127.0.0.1'], clientIpHeader: undefined },
    from: '127.0.0.1',
    headers: (forged) => ({ 'x-forwarded-for': `${forged}${CLIENT}` }),
  },
  {
    name: 'HAProxy that connects by IPv4 to a socket of IPv6',
    source: { trustedProxies: ['10.0.0.10'], clientIpHeader: undefined },
    from: '::ffff:10.0.0.10',
    headers: (forged) => ({ 'x-forwarded-for': `${forged}${CLIENT}` }),
  },
  {
    // https://fly.io/docs/networking/request-headers/: the last entry is an address of the app.
    name: 'Fly.io',
    source: { trustedProxies: ['172.16.0.0/12', 'fdaa::/16'], clientIpHeader: 'fly-client-ip' },
    from: '::ffff:172.19.0.1',
    headers: (forged) => ({
      'fly-client-ip': CLIENT,
      'x-forwarded-for': `${forged}${CLIENT}, 66.241.124.99`,
    }),
  },
  {
    // https://cloud.google.com/load-balancing/docs/https: the last entry is the address of the load balancer.
    name: 'the load balancer of Google',
    source: { trustedProxies: 2, clientIpHeader: undefined },
    from: '35.191.0.1',
    headers: (forged) => ({ 'x-forwarded-for': `${forged}${CLIENT}, 34.117.0.1` }),
  },
  {
    name: 'the load balancer of Amazon',
    source: { trustedProxies: 1, clientIpHeader: undefined },
    from: '10.1.2.3',
    headers: (forged) => ({ 'x-forwarded-for': `${forged}${CLIENT}` }),
  },
  {
    name: 'the gateway of Azure, which appends ports',
    source: { trustedProxies: 1, clientIpHeader: undefined },
    from: '10.1.2.3',
    headers: (forged) => ({ 'x-forwarded-for': `${forged}${CLIENT}:4711` }),
  },
  {
    name: 'Cloudflare, which connects to Anvil itself',
    source: { trustedProxies: ['172.64.0.0/13', '2606:4700::/32'], clientIpHeader: 'cf-connecting-ip' },
    from: '::ffff:172.70.0.1',
    headers: (forged) => ({ 'cf-connecting-ip': CLIENT, 'x-forwarded-for': `${forged}${CLIENT}` }),
  },
];

describe.each(PLATFORMS)('behind $name', ({ source, from, headers }) => {
  it('the address of the client is found', async () => {
    expect(await clientAddressOf(source, { from, headers: headers('') })).toBe(CLIENT);
  });
  it('a client can’t choose it by an X-Forwarded-For of its own', async () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom(from, '66.241.124.99', 'unknown', '', '[', ':80'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 4 }), async (entries) => {
        const forged = `${entries.join(', ')}, `;
        expect(await clientAddressOf(source, { from, headers: headers(forged) })).toBe(CLIENT);
      }),
      { numRuns: 50 },
    );
  });
});

const BY_ADDRESS = PLATFORMS.filter(({ source }) => typeof source.trustedProxies !== 'number');
it.each(BY_ADDRESS)(
  'the headers of $name count only if its addresses connect',
  async ({ source, headers }) => {
    for (const from of ['198.51.100.23', '::ffff:198.51.100.23', '2001:db8::23', 'fe80::1%eth0'])
      expect(await clientAddressOf(source, { from, headers: headers('') })).toBe(from);
  },
);

it('headers count for nothing without trusted proxies', async () => {
  const source = { trustedProxies: [], clientIpHeader: undefined };
  expect(await clientAddressOf(source, { from: '10.0.0.1', headers: { 'x-forwarded-for': CLIENT } })).toBe(
    '10.0.0.1',
  );
});

describe('a header for one address', () => {
  const source = { trustedProxies: ['10.0.0.0/8'], clientIpHeader: 'fly-client-ip' };
  it.each([
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['192.0.2.1:80', '192.0.2.1'],
    ['10.2.3.4', '10.2.3.4'],
    ['unknown', '10.0.0.1'],
    ['192.0.2.1, 192.0.2.2', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('with %j gives %s', async (value, address) => {
    const headers = { 'fly-client-ip': value, 'x-forwarded-for': CLIENT };
    expect(await clientAddressOf(source, { from: '10.0.0.1', headers })).toBe(address);
  });
  it('that is missing gives the address of the proxy', async () => {
    const headers = { 'x-forwarded-for': CLIENT };
    expect(await clientAddressOf(source, { from: '10.0.0.1', headers })).toBe('10.0.0.1');
  });
});

it.each([
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:db8::1, 10.0.0.1:80', '2001:db8::1'],
  ['192.0.2.1:4711, 10.0.0.1:80', '192.0.2.1'],
])('X-Forwarded-For %j of a trusted proxy gives %s', async (forwarded, address) => {
  const source = { trustedProxies: ['10.0.0.0/8'], clientIpHeader: undefined };
  const headers = { 'x-forwarded-for': forwarded };
  expect(await clientAddressOf(source, { from: '10.0.0.9', headers })).toBe(address);
});

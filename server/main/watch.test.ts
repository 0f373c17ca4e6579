import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import { freePort } from '#tests/support/free-port.ts';
import { openWatch } from './watch.ts';

interface Asked {
  port: number;
  path?: string;
  host?: string;
}

/** @returns the status and the body of GET `path` at an address, with any Host header */
async function get(address: string, { port, path = '/metrics', host }: Asked): Promise<[number, string]> {
  const asked = request({
    host: address,
    port,
    path,
    agent: false,
    ...(host && { headers: { host } }),
  }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return [answer.statusCode ?? 0, (await answer.toArray()).join('')];
}

const configOf = (host: string, metricsPort: number) => ({
  ...{ host, metricsPort },
  ...{ otlpEndpoint: undefined, sentryDsn: undefined },
});

describe.each([
  ['::', ['127.0.0.1', '::1']],
  ['0.0.0.0', ['127.0.0.1']],
  ['::1', ['::1']],
  ['127.0.0.1', ['127.0.0.1']],
  ['localhost', ['localhost']],
])('with HOST %s', (host, addresses) => {
  it.each(addresses)('serves metrics at %s under any host name', async (address) => {
    const port = await freePort(host);
    const watch = await openWatch(configOf(host, port));
    try {
      const [status, body] = await get(address, { port });
      expect([status, body]).toEqual([200, expect.stringMatching(/^# HELP target_info/m)]);
      expect((await get(address, { port, host: '10.1.2.3:9464' }))[0]).toBe(200);
      expect((await get(address, { port, host: 'anvil-7d9f.anvil.internal' }))[0]).toBe(200);
      expect((await get(address, { port, path: '/' }))[0]).toBe(404);
    } finally {
      await watch.close();
    }
  });
});

test('a taken port fails the start with a message that names METRICS_PORT', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await expect(openWatch(configOf('127.0.0.1', port))).rejects.toThrow(
    `Port ${port} is taken by another program. Stop it, or set METRICS_PORT to another number.`,
  );
  taken.close();
});

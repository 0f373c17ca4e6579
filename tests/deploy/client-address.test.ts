import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApart, type Apart } from './support/apart.ts';
import { DOMAIN, startHaproxy, startNginx } from './support/proxies.ts';
import { has, ROOT } from './support/shell.ts';

// The built server behind the real nginx and HAProxy with the shipped files, and with what docs/configuration.md adds to
// them for Cloudflare. Clients forge every header that Anvil or a proxy could believe.

const CLIENT = '203.0.113.7';
const CLOUDFLARE = '173.245.48.9';
const FORGED = '192.0.2.66';
const CAN_RUN = has('root', 'nginx', 'haproxy', 'openssl', 'unshare', 'ip', 'curl');

const START = `
for address in ${CLIENT} ${CLOUDFLARE}; do ip address add "$address" dev lo; done
cd ${ROOT}
export NODE_ENV=production APP_URL=https://${DOMAIN} HOST=127.0.0.1 PORT=4000 TRUSTED_PROXIES=127.0.0.1
export ANVIL_EMBEDDED_DATABASE=true ANVIL_DATA_DIR=/opt/anvil-data
export SECRET_KEY_BASE=$(openssl rand -hex 32) SESSION_SIGNING_SALT=$(openssl rand -hex 32) SESSION_ENCRYPTION_SALT=$(openssl rand -hex 32)
setsid node build/server.mjs </dev/null >/run/anvil.log 2>&1 &
until curl -sf -o /dev/null http://127.0.0.1:4000/ready; do sleep 0.1; done
`;

/** Returns the addition to a proxy's configuration that holds the phrase. */
async function additionOf(phrase: string): Promise<string> {
  const page = await readFile(join(ROOT, 'docs/configuration.md'), 'utf8');
  const blocks = [...page.matchAll(/^```text\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const found = blocks.filter((block) => block.includes(phrase));
  expect(found, phrase).toHaveLength(1);
  return found[0] ?? '';
}

const PROXIES = [
  {
    name: 'nginx',
    start: (place: Apart) => startNginx(place),
    startBehindCloudflare: async (place: Apart) => {
      const addition = await additionOf('set_real_ip_from');
      await startNginx(place, (text) =>
        text.replaceAll(/^ {2}server_name @DOMAIN@;\n/gm, (line) => line + addition),
      );
    },
  },
  {
    name: 'HAProxy',
    start: (place: Apart) => startHaproxy(place),
    startBehindCloudflare: async (place: Apart) => {
      const addition = await additionOf('http-request set-src');
      await place.write('/etc/haproxy/cloudflare.lst', '173.245.48.0/20\n');
      await startHaproxy(place, (text) =>
        text.replace(/^ {2}http-request set-header X-Forwarded-For/m, `  ${addition}$&`),
      );
    },
  },
];

describe.skipIf(!CAN_RUN).each(PROXIES)('behind $name', ({ start, startBehindCloudflare }) => {
  const places: Apart[] = [];
  const newPlace = async () => {
    const place = await startApart();
    places.push(place);
    await place.sh(START);
    return place;
  };
  afterAll(async () => {
    for (const place of places) await place.remove();
  });

  /** Fails to sign in. @returns the address in the log */
  const addressInLog = async (place: Apart, from: string, headers: Record<string, string>) => {
    const words = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`);
    await place.sh(`
      lines=$(grep -c '"msg":"refused"' /run/anvil.log || true)
      curl -ksS --noproxy '*' --interface ${from} -o /dev/null ${words.join(' ')} -H 'Sec-Fetch-Site: same-origin' \
        -H 'Content-Type: application/json' -d '{"email":"mara@example.com","password":"it is not this one"}' \
        https://${DOMAIN}/trpc/accounts.signIn
      until [ "$(grep -c '"msg":"refused"' /run/anvil.log)" -gt "$lines" ]; do sleep 0.1; done`);
    const line = await place.sh(`grep '"msg":"refused"' /run/anvil.log | tail -n 1`);
    return (JSON.parse(line) as { ip: string }).ip;
  };
  const forged = {
    ...{
      'X-Forwarded-For': FORGED,
      'X-Real-IP': FORGED,
      Forwarded: `for=${FORGED}`,
      'True-Client-IP': FORGED,
    },
    ...{ 'CF-Connecting-IP': FORGED, 'Fly-Client-IP': FORGED },
  };

  describe('with the shipped file', () => {
    let place: Apart;
    beforeAll(async () => {
      place = await newPlace();
      await start(place);
    });

    test('a client has the address that it connects from, whatever it claims', async () => {
      expect(await addressInLog(place, CLIENT, forged)).toBe(CLIENT);
    });
  });

  describe('with the addition of docs/configuration.md for Cloudflare', () => {
    let place: Apart;
    beforeAll(async () => {
      place = await newPlace();
      await startBehindCloudflare(place);
    });

    test('a client has the address that Cloudflare sends', async () => {
      const headers = { ...forged, 'X-Forwarded-For': `${FORGED}, ${CLIENT}`, 'CF-Connecting-IP': CLIENT };
      expect(await addressInLog(place, CLOUDFLARE, headers)).toBe(CLIENT);
    });

    test('a client that goes round Cloudflare has its own address', async () => {
      expect(await addressInLog(place, CLIENT, forged)).toBe(CLIENT);
    });
  });
});

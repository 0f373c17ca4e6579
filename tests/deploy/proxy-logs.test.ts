import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { startApart, type Apart } from './support/apart.ts';
import { DOMAIN, startHaproxy, startNginx, waitFor } from './support/proxies.ts';
import { has } from './support/shell.ts';

// The token of a mailed link is in the query of its page. Real nginx and HAProxy with the shipped files, at the paths and
// ports that the documentation names, in front of a server that answers and of one that is down.

const TOKEN = randomBytes(32).toString('base64url');
const CAN_RUN = has('nginx', 'haproxy', 'openssl', 'unshare') && process.getuid?.() === 0;

/** A page of Anvil, as far as a proxy can tell. */
const UPSTREAM = `require('node:http')
  .createServer((request, response) => response.setHeader('x-request-id', 'upstream-1').end('ok'))
  .listen(4000, '127.0.0.1');`;
/** What a browser asks when it opens the link, whatever its referrer policy is, and when it sends the form. */
const VISITS = [
  `curl -sk -o /dev/null 'https://${DOMAIN}/link?token=${TOKEN}'`,
  `curl -sk -o /dev/null 'https://${DOMAIN}/link.data?token=${TOKEN}&_routes=x'`,
  `curl -sk -o /dev/null -e 'https://${DOMAIN}/link?token=${TOKEN}' 'https://${DOMAIN}/assets/app.js'`,
  `curl -sk -o /dev/null -X POST -d 'token=${TOKEN}' 'https://${DOMAIN}/link?token=${TOKEN}'`,
  `curl -s -o /dev/null 'http://${DOMAIN}/link?token=${TOKEN}'`,
];

/** Visits the link while Anvil is down, and again while it answers. */
async function visit(place: Apart): Promise<void> {
  await place.write('/opt/upstream.cjs', UPSTREAM);
  // The server is down.
  await place.sh(VISITS.join('\n'));
  await place.sh(`setsid node /opt/upstream.cjs >/dev/null 2>&1 & ${waitFor('http://127.0.0.1:4000/')}`);
  await place.sh(VISITS.join('\n'));
}

describe.skipIf(!CAN_RUN)('the token of a mailed link', () => {
  const places: Apart[] = [];
  const newPlace = async () => {
    const place = await startApart();
    places.push(place);
    return place;
  };
  afterAll(async () => {
    for (const place of places) await place.remove();
  });

  test('is in no log of the shipped nginx', async () => {
    const place = await newPlace();
    await startNginx(place);
    await visit(place);
    const access = await place.sh('cat /var/log/nginx/access.log');
    const errors = await place.sh('cat /var/log/nginx/error.log');
    expect(access + errors).not.toContain(TOKEN);
    expect(access).not.toContain('token=');
    // The log is still one: what was asked, and how it ended, while the server was down and afterwards.
    expect(access).toMatch(/"GET \/link HTTP\/[12][.0-9]*" 503 .* 502 /);
    expect(access).toMatch(/"GET \/link HTTP\/[12][.0-9]*" 200 .* 200 upstream-1$/m);
    expect(access).toMatch(/"POST \/link HTTP\/[12][.0-9]*" 200 /);
    expect(access).toMatch(/"GET \/link HTTP\/1\.1" 301 /);
    expect(access).toMatch(/"GET \/assets\/app\.js HTTP\/[12][.0-9]*" 503 .* 502 /);
  });

  test('is in no log of the shipped HAProxy, at its most talkative level too', async () => {
    const place = await newPlace();
    await startHaproxy(place, (text) => {
      const talkative = text
        .replace('local0 notice', 'local0 info')
        .replace(/^ *option dontlog-normal\n/m, '');
      expect(talkative).not.toBe(text);
      return talkative;
    });
    await visit(place);
    const log = await place.sh('cat /var/log/haproxy.log');
    expect(log).not.toContain(TOKEN);
    expect(log).not.toContain('token=');
    expect(log).toMatch(/ 503 .*"GET" "\/link" HTTP/);
    expect(log).toMatch(/ 200 .*"GET" "\/link" HTTP/);
    expect(log).toMatch(/ 301 .*"GET" "\/link" HTTP/);
  });
});

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApart, type Apart } from './support/apart.ts';
import { has, ROOT } from './support/shell.ts';

// The token of a mailed link is in the query of its page. Real nginx and HAProxy with the shipped files, at the paths and
// ports that the documentation names, in front of a server that answers and of one that is down.

const DOMAIN = 'anvil.example.com';
const TOKEN = randomBytes(32).toString('base64url');
const CAN_RUN = has('nginx', 'haproxy', 'openssl', 'unshare') && process.getuid?.() === 0;

/** A page of Anvil, as far as a proxy can tell. */
const UPSTREAM = `require('node:http')
  .createServer((request, response) => response.setHeader('x-request-id', 'upstream-1').end('ok'))
  .listen(4000, '127.0.0.1');`;
const CERTIFICATE = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=${DOMAIN}`;

/** What a browser asks when it opens the link, whatever its referrer policy is, and when it sends the form. */
const VISITS = [
  `curl -sk -o /dev/null 'https://${DOMAIN}/link?token=${TOKEN}'`,
  `curl -sk -o /dev/null 'https://${DOMAIN}/link.data?token=${TOKEN}&_routes=x'`,
  `curl -sk -o /dev/null -e 'https://${DOMAIN}/link?token=${TOKEN}' 'https://${DOMAIN}/assets/app.js'`,
  `curl -sk -o /dev/null -X POST -d 'token=${TOKEN}' 'https://${DOMAIN}/link?token=${TOKEN}'`,
  `curl -s -o /dev/null 'http://${DOMAIN}/link?token=${TOKEN}'`,
];

/** @param proxy starts it, and returns with it listening */
async function visit(place: Apart, proxy: string): Promise<void> {
  await place.sh(`echo '127.0.0.1 ${DOMAIN}' >>/etc/hosts`);
  await place.write('/opt/upstream.cjs', UPSTREAM);
  const wait = 'for _ in $(seq 600); do curl -so /dev/null "$1" && break; sleep 0.1; done';
  const waitFor = (url: string) => `bash -c '${wait}' bash ${url}`;
  await place.sh(proxy);
  await place.sh(waitFor(`http://${DOMAIN}/`));
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
  let nginx: string;
  let haproxy: string;

  beforeAll(async () => {
    nginx = await readFile(join(ROOT, 'deploy/nginx.conf'), 'utf8');
    haproxy = await readFile(join(ROOT, 'deploy/haproxy.cfg'), 'utf8');
  });
  afterAll(async () => {
    for (const place of places) await place.remove();
  });

  test('is in no log of the shipped nginx', async () => {
    const place = await newPlace();
    const file = nginx.replaceAll('@DOMAIN@', DOMAIN).replaceAll('@PORT@', '4000');
    await place.write('/etc/nginx/sites-available/anvil', file);
    await visit(
      place,
      `mkdir -p /etc/anvil/tls/current /var/log/nginx
       ${CERTIFICATE} -keyout /etc/anvil/tls/current/privkey.pem -out /etc/anvil/tls/current/fullchain.pem 2>/dev/null
       rm -f /etc/nginx/sites-enabled/* /var/log/nginx/*
       ln -s /etc/nginx/sites-available/anvil /etc/nginx/sites-enabled/anvil
       nginx`,
    );
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
    const talkative = haproxy
      .replace('local0 notice', 'local0 info')
      .replace(/^ *option dontlog-normal\n/m, '');
    expect(talkative).not.toBe(haproxy);
    await place.write('/etc/haproxy/haproxy.cfg', talkative);
    const env = [
      'ANVIL_HAPROXY_SOCKET=/run/haproxy.sock ANVIL_CERTIFICATE=/etc/haproxy/anvil.pem',
      'ANVIL_APP_1=127.0.0.1:4000 ANVIL_APP_2=127.0.0.1:4001 ANVIL_DATABASE_FRONT=127.0.0.1:5432',
      'ANVIL_DATABASE_1=127.0.0.1:5433 ANVIL_DATABASE_2=127.0.0.1:5434',
    ].join(' ');
    await visit(
      place,
      `${CERTIFICATE} -keyout /etc/haproxy/key.pem -out /etc/haproxy/cert.pem 2>/dev/null
       cat /etc/haproxy/cert.pem /etc/haproxy/key.pem >/etc/haproxy/anvil.pem
       ${env} setsid haproxy -f /etc/haproxy/haproxy.cfg >/var/log/haproxy.log 2>&1 &`,
    );
    const log = await place.sh('cat /var/log/haproxy.log');
    expect(log).not.toContain(TOKEN);
    expect(log).not.toContain('token=');
    expect(log).toMatch(/ 503 .*"GET" "\/link" HTTP/);
    expect(log).toMatch(/ 200 .*"GET" "\/link" HTTP/);
    expect(log).toMatch(/ 301 .*"GET" "\/link" HTTP/);
  });
});

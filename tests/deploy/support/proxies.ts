import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Apart } from './apart.ts';
import { ROOT } from './shell.ts';

/** The name that the proxies have a certificate for. */
export const DOMAIN = 'anvil.example.com';

const CERTIFICATE = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=${DOMAIN}`;

/** Waits until something answers, with whatever status. */
export const waitFor = (url: string) =>
  `bash -c 'for _ in $(seq 600); do curl -kso /dev/null "$1" && break; sleep 0.1; done' bash ${url}`;

/** Changes the text of a shipped configuration. */
type Change = (text: string) => string;
const unchanged: Change = (text) => text;

/** Starts nginx with deploy/nginx.conf, as the setup of one server does. Anvil is at port 4000. */
export async function startNginx(place: Apart, change = unchanged): Promise<void> {
  const text = await readFile(join(ROOT, 'deploy/nginx.conf'), 'utf8');
  const file = change(text).replaceAll('@DOMAIN@', DOMAIN).replaceAll('@PORT@', '4000');
  await place.write('/etc/nginx/sites-available/anvil', file);
  await place.sh(`
    echo '127.0.0.1 ${DOMAIN}' >>/etc/hosts
    mkdir -p /etc/anvil/tls/current /var/log/nginx
    ${CERTIFICATE} -keyout /etc/anvil/tls/current/privkey.pem -out /etc/anvil/tls/current/fullchain.pem 2>/dev/null
    rm -f /etc/nginx/sites-enabled/* /var/log/nginx/*
    ln -s /etc/nginx/sites-available/anvil /etc/nginx/sites-enabled/anvil
    nginx
    ${waitFor(`http://${DOMAIN}/`)}`);
}

/** Starts HAProxy with deploy/haproxy.cfg, as docs/deploy/multi-server.md does. Anvil is at port 4000. */
export async function startHaproxy(place: Apart, change = unchanged): Promise<void> {
  await place.write(
    '/etc/haproxy/haproxy.cfg',
    change(await readFile(join(ROOT, 'deploy/haproxy.cfg'), 'utf8')),
  );
  const env = [
    'ANVIL_HAPROXY_SOCKET=/run/haproxy.sock ANVIL_CERTIFICATE=/etc/haproxy/anvil.pem',
    'ANVIL_APP_1=127.0.0.1:4000 ANVIL_APP_2=127.0.0.1:4001 ANVIL_DATABASE_FRONT=127.0.0.1:5432',
    'ANVIL_DATABASE_1=127.0.0.1:5433 ANVIL_DATABASE_2=127.0.0.1:5434',
  ].join(' ');
  await place.sh(`
    echo '127.0.0.1 ${DOMAIN}' >>/etc/hosts
    ${CERTIFICATE} -keyout /etc/haproxy/key.pem -out /etc/haproxy/cert.pem 2>/dev/null
    cat /etc/haproxy/cert.pem /etc/haproxy/key.pem >/etc/haproxy/anvil.pem
    ${env} setsid haproxy -f /etc/haproxy/haproxy.cfg >/var/log/haproxy.log 2>&1 &
    ${waitFor(`http://${DOMAIN}/`)}`);
}

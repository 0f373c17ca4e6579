import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApart, type Apart } from './support/apart.ts';
import { readDockerCompose, readImage, readStack } from './support/docker-manifests.ts';
import { readFly, readKubernetes, readMultiServer, readSingleServer } from './support/manifests.ts';
import { has, ROOT } from './support/shell.ts';
import { CLIENT, type Started } from './support/started.ts';

// Each way to deploy Anvil has an environment of its own, and names ports and paths. The built server is started with
// exactly that environment, at the addresses of that platform, and asked for all of them.

const MANIFESTS: [string, () => Promise<Started>][] = [
  ['the image', readImage],
  ['docker-compose.yml', readDockerCompose],
  ['deploy/stack.yml', readStack],
  ['k8s/overlays/production', () => readKubernetes('production')],
  ['k8s/overlays/staging', () => readKubernetes('staging')],
  ['fly.toml', readFly],
  ['anvil.env of one server', readSingleServer],
  ['anvil.env of several servers', readMultiServer],
];

const ADDRESSES = [
  '172.18.0.1',
  '172.18.0.5',
  '172.19.0.1',
  '172.19.0.2',
  '10.0.0.2',
  '10.0.0.10',
  '10.0.0.11',
]
  .concat(['10.42.0.5', '10.42.0.9', CLIENT, 'fd00:42::5', 'fdaa:0:1::3'])
  .map((address) => `ip address add ${address} dev lo`)
  .join('\n');

/** Any password fits, and 10.0.0.10 has a certificate, as behind HAProxy. */
const DATABASE = `
version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\\n' | sort -V | tail -n 1)
rm -rf /etc/postgresql/* /var/lib/postgresql/*
pg_createcluster --locale=C.UTF-8 "$version" main -- --no-sync >/dev/null
# Kubernetes mounts an empty folder without the certificate of a database.
mkdir -p /etc/anvil/database-ca
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=db -addext subjectAltName=IP:10.0.0.10 \\
  -keyout /etc/postgresql/anvil.key -out /etc/postgresql/anvil.crt 2>/dev/null
cp /etc/postgresql/anvil.crt /etc/anvil/database-ca.crt
chown postgres: /etc/postgresql/anvil.key
pg_conftool "$version" main set ssl_key_file /etc/postgresql/anvil.key
pg_conftool "$version" main set ssl_cert_file /etc/postgresql/anvil.crt
pg_conftool "$version" main set ssl on
pg_conftool "$version" main set listen_addresses '*'
sed -i '1i host all anvil all trust' "/etc/postgresql/$version/main/pg_hba.conf"
pg_ctlcluster "$version" main start
runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 -c 'create role anvil login' -c 'create role anvil_app nologin' \\
  -c 'grant anvil_app to anvil' -c 'create database anvil owner anvil' -c 'create database anvil_prod owner anvil'
echo '127.0.0.1 postgres' >>/etc/hosts
`;

/** Ends when the server is ready. Fails with its log when it has ended. */
const START = `
cd ${ROOT}
node build/server.mjs migrate >/run/anvil.log 2>&1 || { cat /run/anvil.log >&2; exit 1; }
setsid node build/server.mjs </dev/null >/run/anvil.log 2>&1 &
echo $! >/run/anvil.pid
until curl -sSf --noproxy '*' -o /dev/null "http://localhost:$PORT_OF_ANVIL/ready" 2>/dev/null; do
  kill -0 "$(cat /run/anvil.pid)" 2>/dev/null || { cat /run/anvil.log >&2; exit 1; }
  sleep 0.1
done
`;
const STOP =
  'kill -KILL "$(cat /run/anvil.pid)" || true; while kill -0 "$(cat /run/anvil.pid)" 2>/dev/null; do sleep 0.1; done';

const CAN_RUN = has('root', 'unshare', 'ip', 'curl', 'openssl', 'pg_createcluster', 'docker-compose');

describe.skipIf(!CAN_RUN)('a server with exactly the environment of', () => {
  let place: Apart;

  beforeAll(async () => {
    place = await startApart();
    await place.sh(`${ADDRESSES}\n${DATABASE}`);
  });
  afterAll(() => place.remove());

  describe.each(MANIFESTS)('%s', (manifest, readManifest) => {
    let started: Started;
    let port: string;

    beforeAll(async () => {
      started = await readManifest();
      port = started.environment.PORT ?? '4000';
      for (const [path, text] of Object.entries(started.files ?? {})) await place.write(path, text);
      await place.sh(START, { ...started.environment, PORT_OF_ANVIL: port });
    });
    afterAll(() => place.sh(STOP));

    test('answers every port and path that it names with 200, at each of its addresses', async () => {
      expect(started.asks.length).toBeGreaterThan(0);
      for (const address of started.addresses) {
        for (const { port: asked, path } of started.asks) {
          const url = `http://${address}:${asked}${path}`;
          const answer = await place.sh(`curl -sS --noproxy '*' -g -w '\\n%{http_code}' '${url}'`);
          const [status, ...body] = answer.split('\n').reverse();
          expect([url, status]).toEqual([url, '200']);
          if (path === '/metrics') expect(body.join('\n')).toContain('# TYPE anvil_');
        }
      }
    });

    test('passes the check that runs inside of its container', async () => {
      for (const command of started.commands ?? [])
        expect(await place.sh(command, started.environment)).toBe('200\n');
    });

    test('serves metrics on a port that its proxy doesn’t reach', async () => {
      const { METRICS_PORT: metrics } = started.environment;
      const named = started.asks.filter(({ path }) => path === '/metrics').map((ask) => String(ask.port));
      expect(named).toEqual(metrics === undefined ? [] : [metrics]);
      const status = await place.sh(
        `curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' http://localhost:${port}/metrics`,
      );
      expect(status).toBe('404');
    });

    test('takes the address of a client from what its proxy sends, and not what the client claims', async () => {
      const { from, headers } = started.proxy;
      const { host, protocol } = new URL(started.environment.APP_URL ?? 'https://anvil.example.com');
      const sent = {
        ...headers,
        Host: host,
        'X-Forwarded-Proto': protocol.slice(0, -1),
        'Sec-Fetch-Site': 'same-origin',
      };
      const words = Object.entries(sent).map(([name, value]) => `-H '${name}: ${value}'`);
      // Failed attempts of one person count for all servers of a database.
      const email = `${manifest.replaceAll(/\W+/g, '-')}@example.com`;
      const body = `-H 'Content-Type: application/json' -d '{"email":"${email}","password":"it is not this one"}'`;
      const status = await place.sh(
        `curl -sS --noproxy '*' --interface ${from} -o /dev/null -w '%{http_code}' ${words.join(' ')} ${body} http://127.0.0.1:${port}/trpc/accounts.signIn`,
      );
      expect(status).toBe('401');
      const log = await place.sh(`until grep '"msg":"refused"' /run/anvil.log; do sleep 0.1; done`);
      const { ip, reason } = JSON.parse(log) as { ip: string; reason: string };
      expect([ip, reason]).toEqual([CLIENT, 'sign_in_failed']);
    });
  });
});

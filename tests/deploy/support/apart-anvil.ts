import { randomBytes } from 'node:crypto';
import { startApart, type Apart } from './apart.ts';
import { publishFirstPrompt, TEMPLATE } from './first-prompt.ts';
import { ROOT } from './shell.ts';
import { makeVisitor, type Visitor } from './visitor.ts';

/** As it stands in the URL. */
export const DATABASE_PASSWORD = 'k%2Fs3cret-p%40ss';
const ENV_FILE = '/etc/anvil/anvil.env';

/** What stands in for systemd, which runs in no place apart: it starts and stops the built server for real. */
const SYSTEMCTL = `#!/bin/bash
set -euo pipefail
case "$*" in
  'start anvil')
    set -a && . ${ENV_FILE} && set +a
    cd ${ROOT}
    setsid node build/server.mjs </dev/null >>/var/log/anvil.log 2>&1 &
    echo $! >/run/anvil.pid
    ;;
  'stop anvil')
    pid=$(cat /run/anvil.pid)
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    ;;
  'start anvil-backup') cd / && runuser -u anvil -- /opt/anvil/current/deploy/backup.sh >>/var/log/anvil-backup.log 2>&1 ;;
  *) echo "This stand-in knows no: systemctl $*" >&2 && exit 1 ;;
esac
`;

const JOURNALCTL = `#!/bin/bash
[ "$1 $2" = '-u anvil-backup' ] && exec tail -n 20 /var/log/anvil-backup.log
echo "This stand-in knows no: journalctl $*" >&2 && exit 1
`;

const ANVIL_SERVER = `#!/bin/bash
set -a && . ${ENV_FILE} && set +a
cd ${ROOT}
exec node build/server.mjs "$@"
`;

export interface ApartAnvil extends Apart {
  /** Makes PostgreSQL's cluster, empty but for Anvil's roles and database, as the set-up of one server does. */
  makeCluster(): Promise<void>;
  /** Fetches the first prompt with the key it was published with. @returns the template, or the answer's text */
  fetchPrompt(): Promise<string>;
  /** What it should be. */
  template: string;
}

/** Anvil on one server as far as its files and commands go, in a place apart, with a first prompt published. */
export async function startApartAnvil(): Promise<ApartAnvil> {
  const apart = await startApart();
  try {
    const makeCluster = async () => {
      await apart.sh(`
        rm -rf /etc/postgresql/* /var/lib/postgresql/*
        version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\\n' | sort -V | tail -n 1)
        pg_createcluster --locale=C.UTF-8 "$version" main -- --no-sync >/dev/null
        pg_ctlcluster "$version" main start
        runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 -c "create role anvil login password '${decodeURIComponent(DATABASE_PASSWORD)}'" \\
          -c 'create role anvil_app nologin' -c 'grant anvil_app to anvil' -c 'create database anvil_prod owner anvil' \\
          -c 'revoke all on database anvil_prod from public'`);
    };
    await apart.write('/usr/local/bin/systemctl', SYSTEMCTL, '0755');
    await apart.write('/usr/local/bin/journalctl', JOURNALCTL, '0755');
    await apart.write('/usr/local/bin/anvil-server', ANVIL_SERVER, '0755');
    // Where every user may read, wherever the clone lies.
    await apart.sh(`
      useradd --system --user-group --home-dir /var/lib/anvil --no-create-home --shell /usr/sbin/nologin anvil
      mkdir -p /opt/anvil/current
      cp -R ${ROOT}/deploy /opt/anvil/current
      install -d -m 0750 -g anvil /etc/anvil
      install -d -m 0750 -o anvil -g anvil /var/backups/anvil`);
    await apart.write(ENV_FILE, environment(), '0640');
    await apart.sh(`chgrp anvil ${ENV_FILE}`);
    await makeCluster();
    await apart.sh('anvil-server migrate && systemctl start anvil');
    await waitUntilReady(apart);

    const setUpCode = await apart.sh(`sed -n 's/^The set-up code: *\\([^ ]*\\).*/\\1/p' /var/log/anvil.log`);
    const domain = 'anvil.example.com';
    const visitor = overHttp(
      makeVisitor({ domain, address: '127.0.0.1', rootFile: '/dev/null', run: apart.run }),
    );
    const { token } = await publishFirstPrompt(visitor, { domain, setUpCode: setUpCode.trim() });
    const fetchPrompt = async () => {
      const { body, text } = await visitor.ask('/api/v1/prompts/by_address/playground/first/hello@^1.0', {
        headers: { authorization: `Bearer ${token}` },
      });
      return (body as { prompt?: { template: string } } | undefined)?.prompt?.template ?? text;
    };
    return { ...apart, makeCluster, fetchPrompt, template: TEMPLATE };
  } catch (error) {
    await apart.remove();
    throw error;
  }
}

async function waitUntilReady(apart: Apart): Promise<void> {
  await apart.sh(
    `curl -sS --fail --noproxy '*' --retry 200 --retry-delay 1 --retry-all-errors http://127.0.0.1:4000/ready || { cat /var/log/anvil.log >&2; exit 1; }`,
  );
}

/** nginx is not part of this: what it would hand on comes directly. */
function overHttp(visitor: Visitor): Visitor {
  return { ask: (path, input) => visitor.ask(`http://127.0.0.1:4000${path}`, input) };
}

function environment(): string {
  const secret = () => randomBytes(32).toString('hex');
  return [
    'NODE_ENV=production',
    'PHX_HOST=anvil.example.com',
    'HOST=127.0.0.1',
    'PORT=4000',
    'DRAIN_SECONDS=0',
    'ANVIL_DATA_DIR=/var/lib/anvil',
    `SECRET_KEY_BASE=${secret()}`,
    `SESSION_SIGNING_SALT=${secret()}`,
    `SESSION_ENCRYPTION_SALT=${secret()}`,
    `DATABASE_URL=postgres://anvil:${DATABASE_PASSWORD}@127.0.0.1:5432/anvil_prod`,
    '',
  ].join('\n');
}

#!/usr/bin/env bash
# Anvil on one machine with Debian 12 or newer or Ubuntu 24.04 or newer: nginx, Anvil, PostgreSQL. From an unpacked release:
#
#   sudo deploy/single_server_setup.sh --domain anvil.example.com --email you@example.com
#
#   --domain NAME      where people reach Anvil; remembered
#   --email ADDRESS    asks Let's Encrypt for a certificate and is told of trouble with it; remembered. Without one, Anvil
#                      stays on a certificate that the set-up signed itself
#   --release PATH     an archive made by "npm run release"; otherwise the release that this script lies in
#   --node SOURCE      an archive of Node.js for Linux, or an address with such archives beside their SHASUMS256.txt;
#                      otherwise the machine's own Node.js when it is new enough, else the one from nodejs.org
#   --acme-server URL  another certificate authority than Let's Encrypt; remembered
#   --anvil-only       nginx's and PostgreSQL's work is done elsewhere (docs/deploy/multi-server.md), and /etc/anvil/anvil.env
#                      is there already; remembered
#
# It never asks anything. Run again it changes only what differs: a newer release is put in place and taken back when it
# does not get ready, and a run that was cut off is finished. Exit 3: all is done but the certificate.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/single_server_lib.sh
. "$here/single_server_lib.sh"

NODE_AT_LEAST=20.19
NODE_DIST=https://nodejs.org/dist/latest-v24.x
SETTINGS=/etc/anvil/setup.conf
APPLIED=$OPT/applied
TLS=/etc/anvil/tls
ROLE=anvil
DATABASE=anvil_prod

# Remembered ones are overwritten by what is given.
DOMAIN='' EMAIL='' ACME_SERVER='' ANVIL_ONLY=false
# shellcheck source=/dev/null # Written by remember, below.
if [ -r "$SETTINGS" ]; then . "$SETTINGS"; fi
release_source=$(dirname "$here") node_source=''
while [ $# -gt 0 ]; do
  if [ "$1" = --anvil-only ]; then
    ANVIL_ONLY=true
    shift
    continue
  fi
  case "$1" in
    --domain | --email | --release | --node | --acme-server) [ $# -ge 2 ] || fail "$1 wants a value." ;;
    *) fail "There is no option $1. See the first lines of $0" ;;
  esac
  case "$1" in
    --domain) DOMAIN=${2,,} ;;
    --email) EMAIL=$2 ;;
    --release) release_source=$2 ;;
    --node) node_source=$2 ;;
    --acme-server) ACME_SERVER=$2 ;;
  esac
  shift 2
done

check_machine() {
  [ "$(id -u)" -eq 0 ] || fail 'This needs root: run it with sudo.'
  [ -d /run/systemd/system ] || fail 'This needs a machine that systemd runs.'
  # shellcheck source=/dev/null
  case "$(. /etc/os-release && echo "$ID $VERSION_ID")" in
    'debian 1'[2-9]* | 'ubuntu 2'[4-9]'.04' | 'ubuntu '[3-9]?'.04') ;;
    *) fail 'This is for Debian 12 or newer and Ubuntu LTS 24.04 or newer.' ;;
  esac
  local label='[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
  [[ ${#DOMAIN} -le 253 && $DOMAIN =~ ^$label(\.$label)+$ ]] ||
    fail "Say where people reach Anvil, a full host name: --domain anvil.example.com (it is \"$DOMAIN\" now)."
  [[ -z $EMAIL || $EMAIL =~ ^[^[:space:]@\'\"]+@[^[:space:]@\'\"]+$ ]] || fail "--email wants an address; \"$EMAIL\" is none."
  [[ $ACME_SERVER =~ ^(https?://[^[:space:]\'\"]+)?$ ]] || fail "--acme-server wants an address; \"$ACME_SERVER\" is none."
  if "$ANVIL_ONLY" && [ -z "$(env_get DATABASE_URL)" ]; then
    fail "With --anvil-only this wants $ENV_FILE with a DATABASE_URL first; see docs/deploy/multi-server.md."
  fi
}

# put FILE MODE OWNER: writes standard input there in one step, and only when it differs.
put() {
  local draft="$1.draft"
  install -m "$2" -o "${3%:*}" -g "${3#*:}" /dev/stdin "$draft"
  if cmp -s "$draft" "$1"; then rm "$draft"; else mv "$draft" "$1"; fi
}

remember() {
  {
    echo '# What single_server_setup.sh was told last.'
    printf '%s=%q\n' DOMAIN "$DOMAIN" EMAIL "$EMAIL" ACME_SERVER "$ACME_SERVER" ANVIL_ONLY "$ANVIL_ONLY"
  } | put "$SETTINGS" 0644 root:root
}

# PostgreSQL takes a folder for a cluster whose making was cut off. Only what this set-up began to make itself is removed,
# and only when no server ever ran on it (that would have left postmaster.opts).
INSTALLING=/var/lib/anvil-setup.installing
drop_half_made_cluster() {
  local data conf
  [ -e "$INSTALLING" ] || return 0
  for data in /var/lib/postgresql/[0-9]*/main; do
    conf=/etc/postgresql/${data#/var/lib/postgresql/}
    if [[ ! -e $data || -e $data/postmaster.opts ]]; then continue; fi
    if [[ -e $conf/postgresql.conf && -e $conf/pg_hba.conf && -e $conf/pg_ident.conf ]]; then continue; fi
    rm -rf "$data" "$conf"
  done
}

install_packages() {
  local packages=(curl ca-certificates openssl) missing=() package
  if ! "$ANVIL_ONLY"; then packages+=(nginx postgresql certbot); fi
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
  if [[ $ANVIL_ONLY = false && ! -e /etc/postgresql && ! -e /var/lib/postgresql ]]; then touch "$INSTALLING"; fi
  # An installation that was cut off is finished first.
  drop_half_made_cluster
  if [ -n "$(dpkg --audit)" ]; then dpkg --configure -a --force-confold </dev/null >/dev/null || true; fi
  if [ "${#missing[@]}" -gt 0 ] || [ -n "$(dpkg --audit)" ]; then
    local apt=(apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold)
    "${apt[@]}" update </dev/null >/dev/null
    "${apt[@]}" install --fix-broken --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  fi
}

make_user() {
  if ! getent passwd anvil >/dev/null; then
    useradd --system --user-group --home-dir /var/lib/anvil --no-create-home --shell /usr/sbin/nologin anvil
  fi
  install -d -m 0755 "$OPT" "$RELEASES" "$OPT/node" "$APPLIED" /var/lib/anvil-acme
  install -d -m 0750 -o root -g anvil /etc/anvil
}

node_fits() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  [ "$(printf '%s\n' "v$NODE_AT_LEAST" "$version" | sort -V | head -n 1)" = "v$NODE_AT_LEAST" ]
}

install_node() {
  if [ -z "$node_source" ]; then
    if node_fits "$OPT/node/current/bin/node"; then return; fi
    if node_fits /usr/bin/node; then
      point "$OPT/node/current" /usr
      return
    fi
    node_source=$NODE_DIST
  fi
  rm -rf "$OPT"/node/.draft
  install -d "$OPT/node/.draft/node"
  local archive=$node_source
  if [[ $node_source == http?(s)://* ]]; then
    local system sums name
    case "$(uname -m)" in
      x86_64) system=linux-x64 ;;
      aarch64) system=linux-arm64 ;;
      *) fail "nodejs.org has no Node.js for $(uname -m). Give one by --node ARCHIVE." ;;
    esac
    sums=$(curl -fsSL --retry 3 "$node_source/SHASUMS256.txt") || fail "Node.js can't be fetched from $node_source. Give an archive by --node ARCHIVE."
    name=$(sed -n "s/^[0-9a-f]\{64\}  \(node-v[0-9.]*-$system\.tar\.gz\)$/\1/p" <<<"$sums")
    [ -n "$name" ] || fail "$node_source/SHASUMS256.txt names no Node.js for $system."
    local named=${name#node-}
    if [ -x "$OPT/node/${named%%-*}/bin/node" ]; then
      rm -rf "$OPT/node/.draft"
      point "$OPT/node/current" "$OPT/node/${named%%-*}"
      return
    fi
    archive=$OPT/node/.draft/$name
    curl -fsSL --retry 3 -o "$archive" "$node_source/$name"
    (cd "$OPT/node/.draft" && grep "  $name\$" <<<"$sums" | sha256sum --check --quiet --strict -) ||
      fail "$name is not what its checksum says. Nothing was changed; try again."
  fi
  tar -xf "$archive" -C "$OPT/node/.draft/node" --strip-components=1 --no-same-owner
  local version
  version=$("$OPT/node/.draft/node/bin/node" --version) || fail "$node_source holds no Node.js that runs on this machine."
  node_fits "$OPT/node/.draft/node/bin/node" || fail "Anvil needs Node.js $NODE_AT_LEAST or newer; $node_source holds $version."
  if [ ! -d "$OPT/node/$version" ]; then mv -T "$OPT/node/.draft/node" "$OPT/node/$version"; fi
  rm -rf "$OPT/node/.draft"
  point "$OPT/node/current" "$OPT/node/$version"
  say "Node.js $version"
}

# Sets release. A release that is there already is left as it is.
install_release() {
  local draft=$RELEASES/.draft
  if [ -d "$release_source" ]; then
    release=$(cat "$release_source/RELEASE" 2>/dev/null) ||
      fail "$release_source is no release. Make one by \"npm ci && npm run release\", and give the archive by --release."
  else
    release=$(tar -xOf "$release_source" --wildcards --occurrence=1 '*/RELEASE') || fail "$release_source is no archive of a release."
  fi
  [[ $release =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$ ]] || fail "A release can't be called \"$release\"."
  if [ -d "$RELEASES/$release" ]; then return; fi
  rm -rf "$draft"
  install -d "$draft"
  if [ -d "$release_source" ]; then
    cp -R "$release_source/." "$draft/"
  else
    tar -xf "$release_source" -C "$draft" --strip-components=1 --no-same-owner
  fi
  chown -R root:root "$draft"
  chmod -R u+rwX,go+rX,go-w "$draft"
  [[ -f $draft/build/server.mjs && -d $draft/node_modules ]] || fail "$release_source is not whole: build/ or node_modules/ is missing."
  sync -f "$draft"
  mv -T "$draft" "$RELEASES/$release"
}

sql() { runuser -u postgres -- psql -X -q -t -A -v ON_ERROR_STOP=1 -p "$pg_port" "$@"; }

# Sets pg_port: of the cluster that has the database, else of the newest. Debian takes another than 5432 when that is taken.
find_cluster() {
  local version cluster port status rest
  if ! pg_lsclusters -h | grep -q .; then
    # The installation was cut off before it made one.
    version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
    pg_createcluster "$version" main
    systemctl daemon-reload
  fi
  pg_port=''
  while read -r version cluster port status rest; do
    if [ "$status" != online ]; then systemctl start "postgresql@$version-$cluster.service" || continue; fi
    pg_port=$port
    for ((tries = 0; tries < 120; tries++)); do
      if sql -c 'select 1' >/dev/null 2>&1; then break; fi
      sleep 0.5
    done
    [ "$(sql -d postgres -c "select 1 from pg_database where datname = '$DATABASE'")" != 1 ] || break
  done < <(pg_lsclusters -h | sort -V)
  rm -f "$INSTALLING"
  [ -n "$pg_port" ] || fail 'PostgreSQL does not start. See: pg_lsclusters; journalctl -u postgresql@*'
  [ "$(sql -d postgres -c 'show server_version_num')" -ge 150000 ] || fail 'Anvil needs PostgreSQL 15 or newer.'
}

make_database() {
  find_cluster
  local password
  password=$(env_get DATABASE_URL | sed -n "s|^postgres://$ROLE:\([0-9a-f]*\)@127\.0\.0\.1:.*|\1|p")
  if [ -z "$password" ] && [ -n "$(env_get DATABASE_URL)" ]; then return; fi # A database elsewhere: not ours to make.
  password=${password:-$(openssl rand -hex 24)}
  # A plain role: it owns the database and is no superuser. What it reads and writes for people goes by anvil_app.
  sql -d postgres <<SQL
select 'create role $ROLE login' where not exists (select from pg_roles where rolname = '$ROLE') \\gexec
select 'create role anvil_app nologin' where not exists (select from pg_roles where rolname = 'anvil_app') \\gexec
select 'grant anvil_app to $ROLE' where not pg_has_role('$ROLE', 'anvil_app', 'member') \\gexec
select 'create database $DATABASE owner $ROLE template template0 encoding ''UTF8'' locale ''C.UTF-8'''
 where not exists (select from pg_database where datname = '$DATABASE') \\gexec
revoke all on database $DATABASE from public;
SQL
  database_url=postgres://$ROLE:$password@127.0.0.1:$pg_port/$DATABASE
  # By a file for libpq and by standard input: what stands in a command's arguments is there for everybody to read.
  if ! PGPASSWORD=$password psql -X -q -w -h 127.0.0.1 -p "$pg_port" -U "$ROLE" -d "$DATABASE" -c '' 2>/dev/null; then
    sql -d postgres <<<"set log_statement = 'none'; alter role $ROLE password '$password';"
  fi
}

# free_port NUMBER: the first port from NUMBER that nothing listens on.
free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

# What stands in anvil.env is kept, but for the domain and the port of PostgreSQL, which may have moved.
write_environment() {
  local draft=$ENV_FILE.edit
  if [ -e "$ENV_FILE" ]; then
    sed -e "s|^PHX_HOST=.*|PHX_HOST=$DOMAIN|" "$ENV_FILE" >"$draft"
  else
    cat >"$draft" <<ENV
# Made by single_server_setup.sh; what is changed here stays. Then: systemctl restart anvil
# Whoever has the secrets can sign in as anybody. Keep a copy of this file away from this machine.
NODE_ENV=production
PHX_HOST=$DOMAIN
HOST=127.0.0.1
PORT=$(free_port 4000)
# Prometheus on this machine reads /metrics here.
METRICS_PORT=$(free_port 9464)
TRUSTED_PROXIES=127.0.0.1
ANVIL_DATA_DIR=/var/lib/anvil
# There is no other server that could take over meanwhile.
DRAIN_SECONDS=0
SECRET_KEY_BASE=$(openssl rand -hex 32)
SESSION_SIGNING_SALT=$(openssl rand -hex 32)
SESSION_ENCRYPTION_SALT=$(openssl rand -hex 32)
DATABASE_URL=$database_url
ENV
  fi
  if [ -n "${database_url:-}" ]; then sed -i "s|^DATABASE_URL=.*|DATABASE_URL=$database_url|" "$draft"; fi
  put "$ENV_FILE" 0640 root:anvil <"$draft"
  # Also where somebody else made it.
  chown root:anvil "$ENV_FILE"
  chmod 0640 "$ENV_FILE"
  rm "$draft"
}

install_units() {
  local unit
  install -d -m 0750 -o anvil -g anvil /var/backups/anvil
  for unit in anvil.service anvil-backup.{service,timer} anvil-restore-drill.{service,timer}; do
    put "/etc/systemd/system/$unit" 0644 root:root <"$RELEASES/$release/deploy/$unit"
  done
  put /usr/local/bin/anvil-server 0755 root:root <"$RELEASES/$release/deploy/anvil-server"
  systemctl daemon-reload
  systemctl --quiet enable anvil.service
}

# What the running process was started with, as one line. Only when it differs, there is something to restart.
applied_state() {
  cat "$ENV_FILE" /etc/systemd/system/anvil.service | sha256sum
  echo "$release $(readlink "$OPT/node/current")"
}

start_release() {
  local run=/usr/local/bin/anvil-server
  if is_serving "$release" && [ "$(cat "$APPLIED/anvil" 2>/dev/null)" = "$(applied_state)" ]; then return; fi
  ANVIL_RELEASE=$RELEASES/$release "$run" config:check | sed 's/^/  /'
  # Before anything is switched: the release that runs stays on when this fails, and runs on the new schema meanwhile.
  ANVIL_RELEASE=$RELEASES/$release "$run" migrate | sed 's/^/  /'
  switch_to "$release" || fail "Release $release is not in use."
  applied_state >"$APPLIED/anvil"
}

sign_certificate() {
  local own=$TLS/self-signed
  install -d -m 0755 "$TLS" "$own"
  if ! openssl x509 -in "$own/fullchain.pem" -noout -checkhost "$DOMAIN" 2>/dev/null | grep -q 'does match'; then
    # The name stands among the alternative names alone: a common name holds 64 characters at most.
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /O=Anvil \
      -addext "subjectAltName=DNS:$DOMAIN" -keyout "$own/privkey.draft" -out "$own/fullchain.draft" 2>/dev/null
    chmod 0600 "$own/privkey.draft"
    mv "$own/privkey.draft" "$own/privkey.pem"
    mv "$own/fullchain.draft" "$own/fullchain.pem"
  fi
  if [ ! -e "$TLS/current/fullchain.pem" ]; then point "$TLS/current" "$own"; fi
}

configure_nginx() {
  local site=/etc/nginx/sites-available/anvil edits=(-e "s/@DOMAIN@/$DOMAIN/g" -e "s/@PORT@/$(env_get PORT)/g")
  if [ ! -e /proc/net/if_inet6 ]; then edits+=(-e '/listen \[::\]/d'); fi
  if grep -rqs '^[[:space:]]*server_names_hash_bucket_size' /etc/nginx/nginx.conf /etc/nginx/conf.d; then
    edits+=(-e '/^server_names_hash_bucket_size/d')
  fi
  sed "${edits[@]}" "$RELEASES/$release/deploy/nginx.conf" | put "$site" 0644 root:root
  point /etc/nginx/sites-enabled/anvil "$site"
  nginx -t 2>/tmp/anvil-nginx.$$ || {
    cat /tmp/anvil-nginx.$$ >&2
    rm /tmp/anvil-nginx.$$ /etc/nginx/sites-enabled/anvil
    fail 'nginx does not take its configuration; what it runs with now stays in use.'
  }
  rm /tmp/anvil-nginx.$$
  reload_nginx
}

reload_nginx() {
  local state
  state=$(cat /etc/nginx/sites-available/anvil "$TLS/current/fullchain.pem" | sha256sum)
  if systemctl --quiet is-active nginx.service && [ "$(cat "$APPLIED/nginx" 2>/dev/null)" = "$state" ]; then return; fi
  local main workers pid tries=50
  main=$(systemctl show --property=MainPID --value nginx.service)
  workers=$(cat "/proc/$main/task/$main/children" 2>/dev/null || true)
  systemctl --quiet enable nginx.service
  systemctl reload-or-restart nginx.service
  # A reload is over before its work is: the workers of before go on with the certificate of before for a moment.
  for pid in $workers; do
    while [ $((tries--)) -gt 0 ] && tr -d '\0' <"/proc/$pid/cmdline" | grep -q 'worker process *$'; do
      sleep 0.1
    done 2>/dev/null
  done
  echo "$state" >"$APPLIED/nginx"
}

# Returns 1 when there is none to be had now; Anvil then goes on with what it has.
get_certificate() {
  local hooks=/etc/letsencrypt/renewal-hooks/deploy more=()
  install -d -m 0755 "$hooks"
  put "$hooks/anvil" 0755 root:root <<'HOOK'
#!/bin/sh
# certbot runs it after each renewal: nginx reads the new certificate.
nginx -t -q && systemctl reload nginx.service
HOOK
  if [ -n "$ACME_SERVER" ]; then more+=(--server "$ACME_SERVER"); fi
  certbot certonly --non-interactive --quiet --agree-tos --email "$EMAIL" --webroot --webroot-path /var/lib/anvil-acme \
    --cert-name anvil --domain "$DOMAIN" --keep-until-expiring --renew-with-new-domains "${more[@]}" || return 1
  point "$TLS/current" /etc/letsencrypt/live/anvil
  systemctl --quiet enable --now certbot.timer
  reload_nginx
}

# The code that the first account needs stands in the log of the process that runs now.
print_set_up_code() {
  journalctl _PID="$(systemctl show --property=MainPID --value anvil.service)" --output=cat --no-pager |
    sed -n 's/^The set-up code: */  The set-up code: /p' | tail -n 1
}

# The current one, the one before it and the three newest others stay.
remove_old_releases() {
  local name kept=0
  while read -r name; do
    if [ "$name" = "$(release_of current)" ] || [ "$name" = "$(release_of previous)" ]; then continue; fi
    kept=$((kept + 1))
    if [ "$kept" -gt 3 ]; then rm -rf "${RELEASES:?}/$name"; fi
  done < <(find "$RELEASES" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%C@ %f\n' | sort -rn | cut -d ' ' -f 2)
}

check_machine
lock_machine
if [ -e "$release_source" ]; then release_source=$(realpath "$release_source"); fi
if [ -e "$node_source" ]; then node_source=$(realpath "$node_source"); fi
cd / # The folder this was called from may be closed to the users that parts of it run as.
step 'Packages'
install_packages
step 'User and folders'
make_user
remember
step 'Node.js'
install_node
step 'Release'
install_release
say "$release"
if ! "$ANVIL_ONLY"; then
  step 'Database'
  make_database
fi
step 'Environment'
write_environment
step 'Service'
install_units
start_release
status=0
if ! "$ANVIL_ONLY"; then
  systemctl --quiet enable --now anvil-backup.timer anvil-restore-drill.timer
  step 'nginx'
  sign_certificate
  configure_nginx
  if [ -n "$EMAIL" ]; then
    step 'Certificate'
    get_certificate || status=3
  fi
fi
remove_old_releases
step 'Done'
say "Anvil $release runs at https://$DOMAIN"
print_set_up_code
if ! "$ANVIL_ONLY" && [ -z "$EMAIL" ]; then say 'Its certificate is self-signed. For one that browsers trust: --email ADDRESS'; fi
if [ "$status" -ne 0 ]; then
  echo "There is no certificate for $DOMAIN yet. Let the name lead to this machine, port 80 open, and run this again." >&2
fi
exit "$status"

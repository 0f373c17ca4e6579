# shellcheck shell=bash
# What the scripts for primary and replica share. They run as root on a database server with Debian's PostgreSQL.

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The cluster, such as 15/main: ANVIL_CLUSTER, or the only one there is.
find_cluster() {
  local cluster=${ANVIL_CLUSTER:-}
  if [ -z "$cluster" ]; then
    cluster=$(pg_lsclusters --no-header | awk '{ print $1 "/" $2 }')
    case $cluster in
      *$'\n'* | '') fail 'Say which cluster it is, such as ANVIL_CLUSTER=15/main; pg_lsclusters lists them.' ;;
    esac
  fi
  PG_VERSION=${cluster%%/*}
  PG_NAME=${cluster##*/}
  PG_BIN=/usr/lib/postgresql/$PG_VERSION/bin
  PG_CONF=/etc/postgresql/$PG_VERSION/$PG_NAME
  PG_PORT=$(pg_lsclusters --no-header "$PG_VERSION" "$PG_NAME" | awk '{ print $3 }')
  PG_DATA=$(pg_lsclusters --no-header "$PG_VERSION" "$PG_NAME" | awk '{ print $6 }')
  [ -n "$PG_PORT" ] || fail "There is no cluster $cluster here; pg_lsclusters lists what there is."
  export PG_BIN PG_CONF PG_DATA
}

control() { pg_ctlcluster "$PG_VERSION" "$PG_NAME" "$@"; }
# From a folder that it may enter: pg_rewind looks for its neighbours and comes back.
as_postgres() { (cd / && runuser -u postgres -- "$@"); }
# Now and at each boot: a fence may have switched off both.
start_for_good() {
  if [ -d /run/systemd/system ]; then systemctl --quiet enable --now postgresql.service; fi
  control start
}
# One statement as the superuser, by the socket; prints the bare answer.
query() { as_postgres psql --no-psqlrc -qAt -v ON_ERROR_STOP=1 --cluster "$PG_VERSION/$PG_NAME" -d postgres -c "$1"; }

wait_until() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < 240; tries++)); do
    if "$@" 2>/dev/null; then return; fi
    sleep 0.25
  done
  fail "$what has not come about within a minute. See $(pg_lsclusters --no-header "$PG_VERSION" "$PG_NAME" | awk '{ print $7 }')."
}

is_primary() { [ "$(query 'select pg_is_in_recovery()')" = f ]; }
is_standby() { [ "$(query 'select pg_is_in_recovery()')" = t ]; }
# Whether it streams from a primary just now.
is_streaming() { [ "$(query "select count(*) from pg_stat_wal_receiver where status = 'streaming'")" = 1 ]; }

# write_conf NAME: replaces a file of conf.d by what comes on stdin.
write_conf() {
  install -d -o postgres -g postgres "$PG_CONF/conf.d"
  cat >"$PG_CONF/conf.d/$1.conf"
  chown postgres:postgres "$PG_CONF/conf.d/$1.conf"
}

# read_password_file: sets PASSWORD_FILE, what the two databases know each other by.
read_password_file() {
  PASSWORD_FILE=${ANVIL_REPLICATION_PASSWORD_FILE:-/etc/anvil/replication_password}
  [ -s "$PASSWORD_FILE" ] || fail "$PASSWORD_FILE is missing: copy it from the primary."
}

# remember_primary HOST PORT: the password for it, in a file of PostgreSQL's own kind.
remember_primary() {
  PASS=$PG_CONF/replication.pgpass
  printf '%s:%s:*:anvil_replicator:%s\n' "$1" "$2" "$(<"$PASSWORD_FILE")" >"$PASS.new"
  chown postgres:postgres "$PASS.new"
  chmod 600 "$PASS.new"
  mv "$PASS.new" "$PASS"
  CONNECTION="host=$1 port=$2 user=anvil_replicator dbname=postgres passfile=$PASS"
  export CONNECTION
}

# follow DATA_FOLDER HOST PORT: the stopped cluster in that folder will stream from there when it starts. What
# "alter system" said in another life, such as who is waited for, is not for a replica, so its file begins anew.
follow() {
  cat >"$1/postgresql.auto.conf" <<CONF
primary_conninfo = 'host=$2 port=$3 user=anvil_replicator passfile=''$PASS'' application_name=anvil_standby keepalives_idle=10'
primary_slot_name = 'anvil_standby'
CONF
  touch "$1/standby.signal"
  chown postgres:postgres "$1/postgresql.auto.conf" "$1/standby.signal"
}

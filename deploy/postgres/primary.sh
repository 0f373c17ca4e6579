#!/usr/bin/env bash
# Makes this machine's PostgreSQL the primary of a pair: lets the other one stream from it, HAProxy look at it, and the
# servers of Anvil in. Run it on *both* machines, so that either can be the primary later. It can be run again.
#
#   primary.sh --peer 10.0.0.22 --balancer 10.0.0.10 --listen 10.0.0.21 [--synchronous]
#
# --synchronous: a write is acknowledged when both have it, so that a lost primary loses nothing. Writes then wait for
# the standby; when it is lost for good, standby_lost.sh lets them go on.
set -euo pipefail
# shellcheck source=deploy/postgres/lib.sh
source "$(dirname "$0")/lib.sh"

peer='' balancer='' listen='' synchronous=false
while [ $# -gt 0 ]; do
  case $1 in
    --peer) peer=$2 && shift 2 ;;
    --balancer) balancer=$2 && shift 2 ;;
    --listen) listen=$2 && shift 2 ;;
    --synchronous) synchronous=true && shift ;;
    *) fail "primary.sh does not know $1; see the lines at its head." ;;
  esac
done
if [ -z "$peer" ] || [ -z "$balancer" ] || [ -z "$listen" ]; then
  fail 'Say --peer, --balancer and --listen: the addresses of the other database, of HAProxy, and of this machine.'
fi
find_cluster

# The password that the two use among themselves. The same file has to lie on both.
password_file=${ANVIL_REPLICATION_PASSWORD_FILE:-/etc/anvil/replication_password}
if [ ! -s "$password_file" ]; then
  mkdir -p "$(dirname "$password_file")"
  (umask 077 && openssl rand -hex 24 >"$password_file")
  say "Made $password_file. Copy it to the other database server before you run this there."
fi

write_conf anvil <<CONF
listen_addresses = '$listen, localhost'
wal_level = replica
max_wal_senders = 10
max_replication_slots = 10
hot_standby = on
# Needed by pg_rewind, by which a lost primary comes back as a replica.
wal_log_hints = on
# What a replica that is away may cost in disk; after that it has to be made anew.
max_slot_wal_keep_size = 10GB
# A replica or client whose machine vanished is noticed within seconds.
wal_sender_timeout = 10s
wal_receiver_timeout = 10s
tcp_keepalives_idle = 10
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
CONF

# Ours stand before the distribution's: the first line that fits decides.
hba=$PG_CONF/pg_hba.conf
sed -i '/^# anvil begin$/,/^# anvil end$/d' "$hba"
{
  echo '# anvil begin'
  echo "host postgres haproxy_check $balancer/32 trust"
  echo "hostssl all anvil $balancer/32 scram-sha-256"
  echo "host replication anvil_replicator $peer/32 scram-sha-256"
  echo "host postgres anvil_replicator $peer/32 scram-sha-256"
  echo '# anvil end'
  cat "$hba"
} >"$hba.new"
chown postgres:postgres "$hba.new" && chmod 640 "$hba.new" && mv "$hba.new" "$hba"

control restart
wait_until 'PostgreSQL answering' query 'select 1'
if is_standby; then
  say 'This one is a replica; its roles come from the primary.'
  exit 0
fi

# psql reads the password from its environment: on a command line everybody on the machine could read it.
ANVIL_REPLICATION_PASSWORD=$(<"$password_file")
export ANVIL_REPLICATION_PASSWORD
as_postgres psql --no-psqlrc -q -v ON_ERROR_STOP=1 --cluster "$PG_VERSION/$PG_NAME" -d postgres >/dev/null <<'SQL'
\getenv password ANVIL_REPLICATION_PASSWORD
select 'create role anvil_replicator login replication' where not exists (select from pg_roles where rolname = 'anvil_replicator') \gexec
select 'create role haproxy_check login' where not exists (select from pg_roles where rolname = 'haproxy_check') \gexec
alter role anvil_replicator password :'password';
-- What pg_rewind reads of the primary.
grant execute on function pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
  pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean) to anvil_replicator;
select pg_create_physical_replication_slot('anvil_standby')
  where not exists (select from pg_replication_slots where slot_name = 'anvil_standby');
SQL

if "$synchronous"; then
  query "alter system set synchronous_standby_names = 'anvil_standby'"
else
  query "alter system reset synchronous_standby_names"
fi
query 'select pg_reload_conf()' >/dev/null
say "PostgreSQL $PG_VERSION/$PG_NAME on port $PG_PORT is a primary that $peer may stream from."

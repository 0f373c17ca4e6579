#!/usr/bin/env bash
# Brings a lost primary back as a replica of the one that took its place: undoes what the other never got, then follows.
# Run it on the old primary, whose PostgreSQL is still off:
#
#   rejoin.sh --primary 10.0.0.22:5432
set -euo pipefail
# shellcheck source=deploy/postgres/lib.sh
source "$(dirname "$0")/lib.sh"

if [ "${1:-}" != --primary ] || [ -z "${2:-}" ]; then fail 'Say --primary HOST:PORT: the one that is the primary now.'; fi
host=${2%:*} port=${2##*:}
find_cluster
read_password_file
remember_primary "$host" "$port"
control stop --mode fast 2>/dev/null || true

as_postgres "$PG_BIN/pg_rewind" --target-pgdata "$PG_DATA" --config-file "$PG_CONF/postgresql.conf" \
  --source-server "$CONNECTION" ||
  fail "pg_rewind could not bring it back; make it anew: replica.sh --primary $host:$port"
follow "$PG_DATA" "$host" "$port"
start_for_good
wait_until 'Streaming from the primary' is_streaming
say "The old primary is a replica now and streams from $host:$port."

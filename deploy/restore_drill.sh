#!/usr/bin/env bash
# Proves, once a week, that the newest backup can be restored: into a database on a PostgreSQL server that is made for it
# and thrown away. Production is not touched and lends no rights.
#
#   deploy/restore_drill.sh
#
# Settings: the first lines of backup_lib.sh, and
#   DRILL_DIR             where the server may lie for these minutes, with room for the whole database: /var/tmp
#   DRILL_MAX_AGE_HOURS   an older newest backup is a failure too: 48
# Needs PostgreSQL's server programs. As root the server runs as the system's user postgres, else as who calls this.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/backup_lib.sh
. "$here/backup_lib.sh"

cluster=''
clean_up() {
  local status=$?
  trap - EXIT
  if [ -n "$cluster" ]; then
    as_server "$programs/pg_ctl" -D "$cluster/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$cluster"
  fi
  if [ "$status" -ne 0 ]; then
    echo 'The drill failed: the newest backup is not proven to be of use.' >&2
    write_metrics "${DRILL_METRICS_FILE:-}" anvil_restore_drill failed || true
  fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 143' TERM INT HUP

as_server() { if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

find_programs() {
  programs=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$programs" ] || [ ! -x "$programs/initdb" ]; then programs=$(dirname "$(command -v initdb || true)"); fi
  [ -x "$programs/initdb" ] || fail "This needs PostgreSQL's server programs (initdb)."
}

start_server() {
  cluster=$(mktemp -d "${DRILL_DIR:-/var/tmp}/anvil-drill.XXXXXX")
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$cluster"; fi
  as_server "$programs/initdb" -D "$cluster/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
  # Reached by a socket in this folder alone. What it writes needs no safety: it is thrown away.
  as_server "$programs/pg_ctl" -D "$cluster/data" -w -t 120 -l "$cluster/log" start \
    -o "-c listen_addresses='' -c port=5432 -c unix_socket_directories=$cluster -c fsync=off" >/dev/null || {
    cat "$cluster/log" >&2
    fail 'The server for the drill does not start.'
  }
  psql -X -q -w -v ON_ERROR_STOP=1 "$(url_of postgres postgres)" -c 'create role anvil login' -c 'create role anvil_app nologin' \
    -c 'grant anvil_app to anvil' -c 'create database anvil_drill owner anvil'
}

url_of() { echo "postgres://$1@/$2?host=$cluster&port=5432&sslmode=disable"; }

load_settings
need psql
find_programs
start_server
unset DATABASE_DIRECT_URL DATABASE_URL_FILE DATABASE_DIRECT_URL_FILE
DATABASE_URL=$(url_of anvil anvil_drill) "$here/restore.sh" latest | sed '/^What to do next/,$d' | tee "$cluster/said"

restored=$(sed -n 's/^Restored \(anvil_[0-9_]*\.dump\) .*/\1/p' "$cluster/said")
limit=$(backup_name_at "$(($(date +%s) - ${DRILL_MAX_AGE_HOURS:-48} * 3600))")
[[ ! $restored < $limit ]] || fail "$restored is the newest backup, and older than ${DRILL_MAX_AGE_HOURS:-48} hours."
write_metrics "${DRILL_METRICS_FILE:-}" anvil_restore_drill ok
say 'The drill ended well.'

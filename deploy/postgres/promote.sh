#!/usr/bin/env bash
# Makes this replica the primary, after the old one is lost. Two primaries at once would tear the data apart, so the old
# one is fenced first: it must be off, and stay off when its machine comes back.
#
#   promote.sh --old 10.0.0.21:5432 --fence 'ssh root@10.0.0.21 systemctl disable --now postgresql'
#   promote.sh --old 10.0.0.21:5432 --old-is-off      when you have switched its machine off by hand
set -euo pipefail
# shellcheck source=deploy/postgres/lib.sh
source "$(dirname "$0")/lib.sh"

old='' fence='' is_off=false
while [ $# -gt 0 ]; do
  case $1 in
    --old) old=$2 && shift 2 ;;
    --fence) fence=$2 && shift 2 ;;
    --old-is-off) is_off=true && shift ;;
    *) fail "promote.sh does not know $1; see the lines at its head." ;;
  esac
done
[ -n "$old" ] || fail 'Say --old HOST:PORT: the primary that is lost.'
if [ -z "$fence" ] && ! "$is_off"; then
  fail 'Say --fence COMMAND, which switches the old primary off, or --old-is-off when that is done.'
fi
find_cluster
if is_primary; then
  say 'This one is the primary already.'
  exit 0
fi

if [ -n "$fence" ]; then
  bash -c "$fence" || fail 'The old primary could not be fenced; nothing was changed. Switch its machine off, then say --old-is-off.'
fi
if "$PG_BIN/pg_isready" --quiet --timeout 3 --host "${old%:*}" --port "${old##*:}"; then
  fail "The old primary at $old still answers; nothing was changed."
fi
say "The old primary at $old is off."

is_replayed() { [ "$(query 'select pg_last_wal_receive_lsn() is null or pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()')" = t ]; }
wait_until 'Everything that was received being replayed' is_replayed
query 'select pg_promote(true, 60)' >/dev/null
wait_until 'The promotion' is_primary
# Nobody follows yet: writes must not wait. The slot is for the one that will.
query 'alter system reset synchronous_standby_names' && query 'select pg_reload_conf()' >/dev/null
query "select pg_create_physical_replication_slot('anvil_standby')
  where not exists (select from pg_replication_slots where slot_name = 'anvil_standby')" >/dev/null
# pg_rewind looks for the new timeline in the control file, which only a checkpoint writes.
query checkpoint
say 'This one is the primary now. HAProxy finds it within two seconds; the servers of Anvil need no restart.'
say 'Bring the old one back as a replica by rejoin.sh, there.'

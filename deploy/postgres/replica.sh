#!/usr/bin/env bash
# Makes this machine's PostgreSQL a replica that streams from the primary. What the cluster held is moved aside, never
# deleted. Run primary.sh here first (it writes the settings that both need), then:
#
#   replica.sh --primary 10.0.0.21:5432
set -euo pipefail
# shellcheck source=deploy/postgres/lib.sh
source "$(dirname "$0")/lib.sh"

if [ "${1:-}" != --primary ] || [ -z "${2:-}" ]; then fail 'Say --primary HOST:PORT.'; fi
host=${2%:*} port=${2##*:}
find_cluster
read_password_file
remember_primary "$host" "$port"

copy=$PG_DATA.copying
rm -rf "$copy"
trap 'rm -rf "$copy"' EXIT
install -d -o postgres -g postgres -m 700 "$copy"
as_postgres "$PG_BIN/pg_basebackup" --pgdata "$copy" --checkpoint fast --wal-method stream --slot anvil_standby \
  --no-password --dbname "$CONNECTION"
follow "$copy" "$host" "$port"

control stop --mode fast 2>/dev/null || true
if [ -d "$PG_DATA" ]; then
  aside=$PG_DATA.before-$(date -u +%Y%m%dT%H%M%SZ)
  mv "$PG_DATA" "$aside"
  say "What was here lies in $aside; delete it when you are sure."
fi
mv "$copy" "$PG_DATA"
start_for_good
wait_until 'Streaming from the primary' is_streaming
say "This replica streams from $host:$port."

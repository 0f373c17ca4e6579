#!/usr/bin/env bash
# Run it on the primary of a synchronous pair whose standby is lost for good: writes wait for it, and go on after this.
# Until there is a replica again, a lost primary means lost data. Afterwards: primary.sh … --synchronous.
set -euo pipefail
# shellcheck source=deploy/postgres/lib.sh
source "$(dirname "$0")/lib.sh"

find_cluster
is_primary || fail 'This one is a replica; run it on the primary.'
query 'alter system reset synchronous_standby_names' && query 'select pg_reload_conf()' >/dev/null
say 'Writes no longer wait for the standby.'

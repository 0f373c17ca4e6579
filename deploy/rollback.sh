#!/usr/bin/env bash
# Back to the release that ran before, or to the one that is named: sudo /opt/anvil/current/deploy/rollback.sh [RELEASE]
#
# The database stays as it is: each release runs on the schema of the one after it. Done again, it goes forward.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/single_server_lib.sh
. "$here/single_server_lib.sh"

[ "$(id -u)" -eq 0 ] || fail 'This needs root: sudo /opt/anvil/current/deploy/rollback.sh'
lock_machine

to=${1:-$(release_of previous)}
now=$(release_of current)
kept=$(find "$RELEASES" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%f ' 2>/dev/null || true)
[ -n "$to" ] || fail "There is no release before this one. Kept are: $kept"
[[ "$to" != */* && "$to" != .* && -d "$RELEASES/$to" ]] || fail "Release $to is not on this machine. Kept are: $kept"
if [ "$to" = "$now" ]; then
  say "Release $to is the current one already."
  exit 0
fi

step "From release $now back to $to"
switch_to "$to" || exit 1
say "Release $to runs."

#!/usr/bin/env bash
# The database as it was at a moment, in a cluster of its own beside the one that is there, which is left as it is:
#
#   sudo deploy/pitr_restore.sh '2026-03-01 14:05:00+00' [--name recovered] [--cluster 15/main]
#   sudo deploy/pitr_restore.sh latest                   all that was archived
#
# Prints where the new cluster is. It archives nothing, so that it can't get between the backups of the old one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/backup_lib.sh
. "$here/backup_lib.sh"
# shellcheck source=deploy/pitr_lib.sh
. "$here/pitr_lib.sh"

[ $# -ge 1 ] || fail "Say which moment: $0 '2026-03-01 14:05:00+00' or latest"
moment=$1 name=recovered wanted=''
shift
while [ $# -gt 0 ]; do
  case "$1" in
    --name) name=${2:?--name wants a name} && shift 2 ;;
    --cluster) wanted=${2:?--cluster wants a name such as 15/main} && shift 2 ;;
    *) fail "There is no option $1. See the first lines of $0" ;;
  esac
done
[ "$(id -u)" -eq 0 ] || fail 'This needs root: run it with sudo.'
need pgbackrest pg_lsclusters pg_createcluster runuser
[[ $name =~ ^[a-z][a-z0-9_]*$ ]] || fail "--name wants small letters, digits and _; \"$name\" is none."

when=()
if [ "$moment" != latest ]; then
  # Without a time zone it would be read as the server's, whatever that is.
  [[ $moment =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}\ [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?[+-][0-9]{2}(:[0-9]{2})?$ ]] ||
    fail "\"$moment\" is no moment. It wants the form 2026-03-01 14:05:00+00, with the time zone."
  when=(--type=time "--target=$moment" --target-action=promote)
fi

find_cluster "$wanted"
from=$version/$cluster
if [ "$cluster" = "$name" ] || [ -e "/etc/postgresql/$version/$name" ]; then
  fail "There is a cluster $version/$name already. Take another --name, or remove that one: pg_dropcluster --stop $version $name"
fi
pg_createcluster "$version" "$name" -- --no-sync >/dev/null
# What was begun is taken away again, so that the next try finds the place free.
give_up() {
  tail -n 15 "/var/log/postgresql/postgresql-$version-$name.log" >&2 2>/dev/null || true
  pg_dropcluster --stop "$version" "$name" || true
  fail "Nothing was recovered, and nothing was changed. $*"
}

# Its settings are those of the old one: with fewer connections than there were PostgreSQL refuses to recover.
new_port=$(pg_conftool --short "$version" "$name" show port)
new_data=$(pg_conftool --short "$version" "$name" show data_directory)
for file in postgresql.conf pg_hba.conf pg_ident.conf; do
  sed -e "s|/$from/|/$version/$name/|g" -e "s|$data|$new_data|g" -e "s|$version-$cluster|$version-$name|g" -e "s|'$from'|'$version/$name'|g" \
    "/etc/postgresql/$from/$file" >"/etc/postgresql/$version/$name/$file"
done
pg_conftool "$version" "$name" set port "$new_port"

find "$new_data" -mindepth 1 -delete
backrest --pg1-path="$new_data" --archive-mode=off "${when[@]}" restore ||
  give_up 'Is the moment before the oldest base? See: runuser -u postgres -- pgbackrest --stanza=anvil info'
# A recovery may take longer than this waits; what matters comes below.
pg_ctlcluster "$version" "$name" start || true
port=$new_port
for ((tries = 0; ; tries++)); do
  if [ "$(ask_postgres -c 'select pg_is_in_recovery()' 2>/dev/null)" = f ]; then break; fi
  if [ "$tries" -gt 2 ] && ! pg_ctlcluster "$version" "$name" status >/dev/null 2>&1; then
    give_up 'Does the moment lie after all that was archived? Then: latest'
  fi
  sleep 0.5
done
say "The database as it was at $moment is in the cluster $version/$name, on port $new_port. The cluster $from is as before."

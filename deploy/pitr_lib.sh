# shellcheck shell=bash
# What pitr_setup.sh, pitr_backup.sh and pitr_restore.sh share: which cluster of Debian's PostgreSQL, and pgBackRest.

# shellcheck disable=SC2034 # For the scripts that read this file.
CONFIG=/etc/pgbackrest/pgbackrest.conf

# find_cluster VERSION/NAME: sets version, cluster, port, socket and data. Without one it has to be the only one.
find_cluster() {
  local found
  found=$(pg_lsclusters -h | awk -v wanted="${1:-}" 'wanted == "" || $1 "/" $2 == wanted { print $1, $2, $3, $6 }')
  [ -n "$found" ] || fail "There is no cluster ${1:-of PostgreSQL} on this machine. See: pg_lsclusters"
  [ "$(wc -l <<<"$found")" = 1 ] || fail "There are several clusters; say which, such as --cluster $(head -n 1 <<<"$found" | tr ' ' / | cut -d / -f 1,2). See: pg_lsclusters"
  read -r version cluster port data <<<"$found"
  socket=$(pg_conftool --short "$version" "$cluster" show unix_socket_directories | cut -d , -f 1)
}

as_postgres() { (cd / && runuser -u postgres -- "$@"); }
backrest() { as_postgres pgbackrest --config="$CONFIG" --stanza=anvil "$@"; }
ask_postgres() { as_postgres psql -X -q -A -t -w -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -d postgres "$@"; }

#!/usr/bin/env bash
# Puts a backup of backup.sh into an empty database and compares every table's rows with those in the backup.
#
#   deploy/restore.sh latest|KEY|FILE [--database NAME]
#
#   latest           the newest whole backup in BACKUP_DIR and BACKUP_S3_URL
#   KEY              a backup's name, its key in the bucket, or all of s3://anvil-backups/daily/anvil_….dump
#   FILE             a file with its .sha256 beside it
#   --database NAME  another database on the server of DATABASE_URL; the rest of DATABASE_URL stays
#
# Settings: the first lines of backup_lib.sh. It connects as the role that Anvil uses, which must own the empty database,
# and never touches one with something in it: Anvil is led to the new one when it has been looked at. All or nothing.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/backup_lib.sh
. "$here/backup_lib.sh"

[ $# -ge 1 ] || fail "Say which backup: $0 latest|KEY|FILE [--database NAME]"
wanted=$1 target=''
shift
while [ $# -gt 0 ]; do
  case "$1" in
    --database) target=${2:?--database wants a name} && shift 2 ;;
    *) fail "There is no option $1. See the first lines of $0" ;;
  esac
done

load_settings
need psql pg_restore sha256sum
work=$(mktemp -d "${TMPDIR:-/var/tmp}/anvil-restore.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT HUP

# Sets wanted to the newest name, local or in S3.
find_latest() {
  {
    if [ -d "$BACKUP_DIR" ]; then list_local | complete; fi
    if [ -n "$BACKUP_S3_URL" ]; then
      list_s3 >"$work/keys" || fail "The backups in $BACKUP_S3_URL can't be listed."
      complete <"$work/keys"
    fi
  } | LC_ALL=C sort | tail -n 1 >"$work/latest"
  wanted=$(cat "$work/latest")
  [ -n "$wanted" ] || fail "There is no whole backup in $BACKUP_DIR${BACKUP_S3_URL:+ or $BACKUP_S3_URL}"
}

# Sets file: the backup on this machine, fetched when it has to be, with the checksum beside it.
fetch() {
  local source=$wanted
  if [ "$wanted" = latest ]; then
    find_latest
    source=$wanted
  fi
  if [[ $source != s3://* ]]; then
    for file in "$source" "$BACKUP_DIR/$source"; do
      if [ -f "$file" ]; then return; fi
    done
    [ -n "$BACKUP_S3_URL" ] || fail "There is no $source here or in $BACKUP_DIR, and BACKUP_S3_URL is not set."
    if [[ $source == */* ]]; then source=s3://$S3_BUCKET/$source; else source=$BACKUP_S3_URL$source; fi
  fi
  need aws
  file=$work/${source##*/}
  for ending in '' .sha256; do
    s3 s3 cp --only-show-errors "$source$ending" "$file$ending" || fail "$source$ending can't be fetched."
  done
  say "Fetched $source"
}

check_sum() {
  local expected
  expected=$(cut -d ' ' -f 1 "$file.sha256" 2>/dev/null) || fail "There is no checksum $file.sha256: the backup is not whole."
  [[ $expected =~ ^[0-9a-f]{64}$ && $(sha256sum <"$file") == "$expected "* ]] || fail "$file is not what its checksum says."
}

check_target() {
  local found
  found=$(sql -c "select current_database(), current_user, rolsuper,
      coalesce((select rolcanlogin or pg_has_role(current_user, oid, 'member') from pg_roles where rolname = 'anvil_app'), false),
      (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
          and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
    + (select count(*) from pg_namespace where nspname not like 'pg\\_%' and nspname not in ('information_schema', 'public'))
    from pg_roles where rolname = current_user") ||
    fail 'There is no such database to restore into. As somebody who may: create database … owner anvil'
  IFS=$'\t' read -r database role is_super has_role things <<<"$found"
  [ "$things" = 0 ] || fail "The database $database is not empty, and stays as it is. Make a new one and restore into that:
  create database anvil_restored owner $role;
  $0 $wanted --database anvil_restored"
  [ "$is_super" = f ] || fail "$role is a superuser. Restore as the role that Anvil uses, which is none: what is restored is its own then."
  [ "$has_role" = t ] || fail "The role of Anvil's pages and API is missing on this server. As somebody who may:
  create role anvil_app nologin;
  grant anvil_app to $role;"
}

compare() {
  count_dump "$file" >"$work/dump"
  sql <<<"set row_security = off; $COUNT_SQL" | LC_ALL=C sort >"$work/restored"
  diff "$work/dump" "$work/restored" >&2 || fail "The rows differ (< backup, > restored). Don't use the database $database."
}

url=${DATABASE_DIRECT_URL:-${DATABASE_URL:?This needs DATABASE_URL, the database to restore into.}}
if [ -n "$target" ]; then
  [[ $target =~ ^[A-Za-z0-9_-]+$ ]] || fail "--database wants a name of letters, digits and _; \"$target\" is none."
  [[ $url =~ ^([a-z]+://[^/?#]*)(/[^?#]*)?(\?.*)?$ ]] || fail 'DATABASE_URL is no PostgreSQL URL.'
  url=${BASH_REMATCH[1]}/$target${BASH_REMATCH[3]}
fi
use_database "$url"
check_target
fetch
check_sum
pg_restore --list "$file" >/dev/null || fail "$file can't be read by this pg_restore: $(pg_restore --version)."
pg_restore --no-owner --exit-on-error --single-transaction --no-password --dbname="$CONNECTION" "$file" ||
  fail "Nothing was restored; $database is as empty as before."
compare
# Of the system's own tables it may only warn.
sql -q -c 'set client_min_messages = error' -c 'analyze'
say "Restored ${file##*/} into the database $database: $(awk '{ rows += $2 } END { print NR " tables, " rows " rows" }' "$work/restored"), each table as in the backup."
cat <<NEXT
What to do next:
  1. Let Anvil use it: DATABASE_URL with $database at its end, or give it the old one's name (docs/deploy/backup.md).
  2. anvil-server migrate, in case the backup is of an older release. Then start Anvil and look at /health.
  3. Keep SECRET_KEY_BASE and the two salts as they were then: with others everybody has to sign in again.
  4. What was revoked, deleted or signed out after the backup is back. Revoke it again.
NEXT

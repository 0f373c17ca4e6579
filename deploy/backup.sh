#!/usr/bin/env bash
# One backup of Anvil's database: dumped as the role that owns it, checked against the database row by row in number,
# kept on this machine and copied to S3. Only after all of that old copies are deleted.
#
#   deploy/backup.sh            (settings: the first lines of backup_lib.sh)
#
# Needs bash, psql, pg_dump and pg_restore of the server's version or newer and, for S3, aws. Exit 0: there is one more
# backup, read back and compared. Anything else: nothing was deleted, and no part of a file was left behind.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/backup_lib.sh
. "$here/backup_lib.sh"

part='' counts='' uploading='' session=''

clean_up() {
  local status=$?
  trap - EXIT
  if [ -n "$session" ]; then kill "$session" 2>/dev/null || true; fi
  rm -f ${part:+"$part" "$part.sha256"} ${counts:+"$counts" "$counts.dump"}
  if [ -n "$uploading" ]; then
    s3 s3 rm --only-show-errors "$uploading.sha256" 2>/dev/null || true
    s3 s3 rm --only-show-errors "$uploading" 2>/dev/null || true
  fi
  if [ "$status" -ne 0 ]; then
    echo 'The backup failed. Nothing was deleted.' >&2
    write_metrics "${BACKUP_METRICS_FILE:-}" anvil_backup failed || true
  fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 143' TERM INT HUP

# A session that has ended is noticed by its answer, which then says why.
ask() {
  trap '' PIPE
  { printf '%s\n' "$*" 1>&"$to_session"; } 2>/dev/null || true
  trap - PIPE
}

# Sets snapshot. The session that counts is held open: what pg_dump reads is what was counted, whatever is written meanwhile.
# With row_security off a row that a policy would hide is an error, here as in pg_dump.
open_snapshot() {
  # shellcheck disable=SC2119 # What it runs comes by its standard input.
  coproc database { sql 2>&1; }
  session=$!
  exec {to_session}>&"${database[1]}" {from_session}<&"${database[0]}"
  ask "set row_security = off; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = '60s';"
  ask 'begin isolation level repeatable read, read only; select pg_export_snapshot();'
  read -r snapshot <&"$from_session" || fail "The database can't be reached: psql ended without a word."
  [[ $snapshot =~ ^[0-9A-F]+-[0-9A-F]+-[0-9]+$ ]] || fail "The database can't be read: $snapshot"
}

count_database() {
  local line
  ask "$COUNT_SQL"
  ask '\echo end'
  while read -r line <&"$from_session" && [ "$line" != end ]; do printf '%s\n' "$line"; done >"$counts"
  LC_ALL=C sort -o "$counts" "$counts"
  ! grep -v "$(printf '\t')[0-9]*\$" "$counts" >&2 || fail "The rows can't be counted."
  grep -q '^public\.organisations' "$counts" || fail 'There is no Anvil in this database: it has no table of organisations.'
}

close_snapshot() {
  ask '\q'
  wait "$session" || true
  session=''
}

verify() {
  local bytes
  bytes=$(stat -c %s "$part")
  [ "$bytes" -ge "$BACKUP_MIN_BYTES" ] || fail "The dump has $bytes bytes; BACKUP_MIN_BYTES wants $BACKUP_MIN_BYTES."
  pg_restore --list "$part" >/dev/null || fail "The dump can't be read."
  count_dump "$part" >"$counts.dump" || fail "The dump can't be read to its end."
  diff "$counts" "$counts.dump" >&2 || fail 'The dump does not hold the rows of the database (< database, > dump).'
  say "Verified $name: $bytes bytes, $(wc -l <"$counts") tables, $(awk '{ rows += $2 } END { print rows }' "$counts") rows"
}

# The checksum comes last, here and in S3: a backup without one is not whole.
keep() {
  (cd "$BACKUP_DIR" && sha256sum "${part##*/}" | sed "s|  .*|  $name|" >"$part.sha256")
  sync "$part" "$part.sha256"
  mv "$part" "$BACKUP_DIR/$name"
  mv "$part.sha256" "$BACKUP_DIR/$name.sha256"
}

upload() {
  local sum
  uploading=$BACKUP_S3_URL$name
  s3 s3 cp --only-show-errors "$BACKUP_DIR/$name" "$uploading" || fail "The upload to $BACKUP_S3_URL failed."
  sum=$(s3 s3 cp --only-show-errors "$uploading" - | sha256sum) || fail "What was uploaded can't be read back from $uploading"
  [ "${sum%% *}" = "$(cut -d ' ' -f 1 "$BACKUP_DIR/$name.sha256")" ] || fail "$uploading is not what was uploaded."
  s3 s3 cp --only-show-errors "$BACKUP_DIR/$name.sha256" "$uploading.sha256" || fail "The upload to $BACKUP_S3_URL failed."
  uploading=''
  say "Copied to $BACKUP_S3_URL$name"
}

# expired: of a list of file names, those that may go: backups older than BACKUP_KEEP_DAYS but for the newest whole
# BACKUP_KEEP_AT_LEAST, and what is left of older ones that never were whole.
expired() {
  local files whole limit
  files=$(cat)
  limit=$(backup_name_at "$(($(date +%s) - BACKUP_KEEP_DAYS * 86400))")
  whole=$(complete <<<"$files")
  {
    head -n "-$BACKUP_KEEP_AT_LEAST" <<<"$whole"
    printf '%s\n' "${files//.sha256/}" | LC_ALL=C sort -u | grep -E "$NAME_PATTERN" | grep -Fxv "$whole" || true
  } | LC_ALL=C awk -v limit="$limit" '$0 != "" && $0 < limit { print $0 ".sha256"; print }' | grep -Fx "$files" || true
}

delete_expired() {
  local files file these
  files=$(list_local | expired)
  for file in $files; do rm -f "${BACKUP_DIR:?}/$file" && say "Deleted $BACKUP_DIR/$file"; done
  if [ -n "$BACKUP_S3_URL" ]; then
    files=$(list_s3) || fail "The backups in $BACKUP_S3_URL can't be listed."
    files=$(expired <<<"$files")
    if [ -n "$files" ]; then
      # By their full names, all in one call.
      mapfile -t these < <(awk '{ print "--include"; print }' <<<"$files")
      s3 s3 rm --recursive "$BACKUP_S3_URL" --exclude '*' "${these[@]}" --only-show-errors ||
        fail "Older backups in $BACKUP_S3_URL can't be deleted."
      for file in $files; do say "Deleted $BACKUP_S3_URL$file"; done
    fi
  fi
}

load_settings
need psql pg_dump pg_restore sha256sum flock
use_database "${DATABASE_DIRECT_URL:-${DATABASE_URL:?This needs DATABASE_URL, the database to back up.}}"
mkdir -p "$BACKUP_DIR"
# The folder itself is the lock: a file would belong to who was first, and shut others out.
exec 9<"$BACKUP_DIR"
flock --nonblock 9 || fail "Another backup into $BACKUP_DIR is running."
# What a run left that was killed.
rm -f "$BACKUP_DIR"/.anvil_*.partial*

name=$(backup_name_at "$(date +%s)")
[ ! -e "$BACKUP_DIR/$name" ] || fail "There is a backup $name already."
part=$BACKUP_DIR/.$name.partial
counts=$(mktemp "${TMPDIR:-/tmp}/anvil-backup.XXXXXX")
open_snapshot
count_database
pg_dump --format=custom --no-password --lock-wait-timeout=60000 --snapshot="$snapshot" --file="$part" "$CONNECTION" ||
  fail 'pg_dump failed.'
close_snapshot
verify
keep
if [ -n "$BACKUP_S3_URL" ]; then upload; fi
delete_expired
write_metrics "${BACKUP_METRICS_FILE:-}" anvil_backup ok
say "There is one more backup: $BACKUP_DIR/$name"

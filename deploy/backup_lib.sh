# shellcheck shell=bash
# What backup.sh, restore.sh and restore_drill.sh share: settings, the one name of a backup, S3, row counts, metrics.
#
# Settings are taken from the environment and, where it doesn't set them, from /etc/anvil/backup.env and /etc/anvil/anvil.env:
#   DATABASE_URL          the role that owns the database; DATABASE_DIRECT_URL goes first, past a pooler. A password in it,
#                         in PGPASSWORD or in ~/.pgpass. DATABASE_CA as Anvil itself reads it
#   BACKUP_DIR            where backups are kept on this machine: /var/backups/anvil
#   BACKUP_S3_URL         a folder in S3, such as s3://anvil-backups/daily/; without it nothing leaves this machine
#   BACKUP_S3_ENDPOINT    the S3 of another provider than Amazon, such as https://s3.example.com
#   BACKUP_KEEP_DAYS 30, BACKUP_KEEP_AT_LEAST 7   older copies go, but never so many that fewer than these are left
#   BACKUP_MIN_BYTES      a smaller file is no backup: 20000
#   BACKUP_METRICS_FILE, DRILL_METRICS_FILE       for Prometheus' node exporter, such as
#                         /var/lib/prometheus/node-exporter/anvil_backup.prom
#   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION   or any other way that the aws command knows
# Each secret also as NAME_FILE, a file that holds it.

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "This needs the program $program, which is not installed."
  done
}

# from_file NAME…: sets what the files say and the environment doesn't.
from_file() {
  local name value file
  for file in /etc/anvil/backup.env /etc/anvil/anvil.env; do
    if [ ! -r "$file" ]; then continue; fi
    for name in "$@"; do
      if [ -n "${!name+set}" ]; then continue; fi
      value=$(sed -n "s/^$name=//p" "$file" | tail -n 1)
      if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then value=${BASH_REMATCH[1]}; fi
      if [ -n "$value" ]; then export "$name=$value"; fi
    done
  done
}

load_settings() {
  local name file value database=(DATABASE_URL DATABASE_URL_FILE DATABASE_DIRECT_URL DATABASE_DIRECT_URL_FILE DATABASE_CA)
  # All or none: another database's URL beside this one's direct URL would be read from the wrong server.
  if [ -z "${DATABASE_URL:-}${DATABASE_URL_FILE:-}${DATABASE_DIRECT_URL:-}${DATABASE_DIRECT_URL_FILE:-}" ]; then
    from_file "${database[@]}"
  fi
  from_file BACKUP_DIR BACKUP_S3_URL BACKUP_S3_ENDPOINT BACKUP_KEEP_DAYS BACKUP_KEEP_AT_LEAST BACKUP_MIN_BYTES \
    BACKUP_METRICS_FILE DRILL_METRICS_FILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SECRET_ACCESS_KEY_FILE \
    AWS_SESSION_TOKEN AWS_REGION AWS_DEFAULT_REGION AWS_CA_BUNDLE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
  for name in DATABASE_URL DATABASE_DIRECT_URL AWS_SECRET_ACCESS_KEY; do
    file=${name}_FILE
    if [ -z "${!name:-}" ] && [ -n "${!file:-}" ]; then
      value=$(cat "${!file}") || fail "${file} names ${!file}, which can't be read."
      export "$name=$value"
    fi
  done
  BACKUP_DIR=${BACKUP_DIR:-/var/backups/anvil}
  BACKUP_S3_URL=${BACKUP_S3_URL:-}
  BACKUP_KEEP_DAYS=${BACKUP_KEEP_DAYS:-30}
  BACKUP_KEEP_AT_LEAST=${BACKUP_KEEP_AT_LEAST:-7}
  BACKUP_MIN_BYTES=${BACKUP_MIN_BYTES:-20000}
  for name in BACKUP_KEEP_DAYS BACKUP_KEEP_AT_LEAST BACKUP_MIN_BYTES; do
    [[ ${!name} =~ ^[1-9][0-9]{0,14}$ ]] || fail "$name wants a whole number above 0; \"${!name}\" is none."
  done
  if [ -n "$BACKUP_S3_URL" ]; then
    [[ $BACKUP_S3_URL =~ ^s3://([^/[:space:]]+)/([^[:space:]]+/)$ ]] ||
      fail "BACKUP_S3_URL wants a folder in S3 with a slash at its end, such as s3://anvil-backups/daily/; \"$BACKUP_S3_URL\" is none."
    S3_BUCKET=${BASH_REMATCH[1]}
    S3_PREFIX=${BASH_REMATCH[2]}
    need aws
  fi
}

# use_database URL: sets CONNECTION, what psql and its kin are given. The password goes by the environment, since what
# stands in a command's arguments is there for everybody on the machine to read.
use_database() {
  local url=$1 host
  if [[ $url =~ ^(postgres(ql)?://[^/?#:@]*):([^/?#]*)@([^/?#@]*([/?#].*)?)$ ]]; then
    url=${BASH_REMATCH[1]}@${BASH_REMATCH[4]}
    PGPASSWORD=${BASH_REMATCH[3]//\\/\\\\}
    PGPASSWORD=$(printf '%b' "${PGPASSWORD//%/\\x}")
    export PGPASSWORD
  fi
  [[ $url =~ ^postgres(ql)?:// && ! $url =~ ://[^/?#]*:[^/?#]*@ && ! $url =~ [?\&]password= ]] ||
    fail 'DATABASE_URL wants a PostgreSQL URL, such as postgres://anvil:PASSWORD@db.internal:5432/anvil_prod'
  host=${url#*://}
  if [[ $url =~ [?\&]host=([^\&]*) ]]; then
    host=${BASH_REMATCH[1]}
  else
    host=${host%%[/?#]*}
    host=${host##*@}
    if [[ $host == \[* ]]; then host=${host%%]*}] host=${host#[} host=${host%]}; else host=${host%%:*}; fi
  fi
  # Off this machine the server has to prove who it is, as it has to Anvil, unless the URL says otherwise.
  if [[ -n $host && $host != /* && $host != %2[fF]* && ! $host =~ ^(localhost|.+\.localhost|127(\.[0-9]+){3}|::1)$ ]]; then
    # A folder holds one file or none.
    local authorities=${DATABASE_CA:-}
    if [ -d "$authorities" ]; then authorities=$(find "$authorities" -mindepth 1 -maxdepth 1 -not -name '.*' -print -quit); fi
    export PGSSLMODE=verify-full PGSSLROOTCERT=${authorities:-/etc/ssl/certs/ca-certificates.crt}
  fi
  CONNECTION=$url
  export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-15}
}

sql() { psql -X -q -A -t -w -F "$(printf '\t')" -v ON_ERROR_STOP=1 "$CONNECTION" "$@"; }

# The one place that names a backup: by its time in UTC, so that names sort as their times do.
backup_name_at() { date -u -d "@$1" +anvil_%Y%m%d_%H%M%S.dump; }
NAME_PATTERN='^anvil_[0-9]{8}_[0-9]{6}\.dump$'

# Row counts of all tables, one "schema.table<TAB>rows" a line in the order of bytes: SQL that psql runs …
# shellcheck disable=SC2034 # For backup.sh and restore.sh.
COUNT_SQL="select format('select %L, count(*) from %I.%I', format('%I.%I', n.nspname, c.relname), n.nspname, c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
   and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
\\gexec"
# … and what stands in a backup itself: each row is one line between COPY and \. there.
count_dump() {
  pg_restore --data-only --file=- "$1" | LC_ALL=C awk '
    inside && $0 == "\\." { print table "\t" rows; inside = 0; next }
    inside { rows++; next }
    /^COPY .* FROM stdin;$/ { table = $0; sub(/^COPY /, "", table); sub(/ \(.*$/, "", table); rows = 0; inside = 1 }' |
    LC_ALL=C sort
}

s3() {
  local options=()
  if [ -n "${BACKUP_S3_ENDPOINT:-}" ]; then options+=(--endpoint-url "$BACKUP_S3_ENDPOINT"); fi
  # Newer versions add checksums that other providers than Amazon don't know. The SHA-256 is compared by us.
  AWS_REQUEST_CHECKSUM_CALCULATION=when_required AWS_RESPONSE_CHECKSUM_VALIDATION=when_required AWS_PAGER='' \
    aws "${options[@]}" "$@" </dev/null
}

# Names of files, one a line.
list_local() { (cd "$BACKUP_DIR" && for file in anvil_*; do if [ -f "$file" ]; then echo "$file"; fi; done); }
list_s3() {
  local keys
  keys=$(s3 s3api list-objects-v2 --bucket "$S3_BUCKET" --prefix "$S3_PREFIX" --query 'Contents[].Key' --output text) || return 1
  tr '\t' '\n' <<<"$keys" | sed -n "s|^$S3_PREFIX\([^/]*\)$|\1|p"
}

# complete: of a list of file names, the backups that have their checksum beside them, the oldest first.
complete() { sed 's/\.sha256$//' | { grep -E "$NAME_PATTERN" || true; } | LC_ALL=C sort | uniq -d; }

# number FILE METRIC: its value there, or 0.
number() {
  local value=''
  if [ -r "$1" ]; then value=$(sed -n "s/^$2 //p" "$1" | tail -n 1); fi
  echo "${value:-0}"
}

# write_metrics FILE PREFIX ok|failed: a failure leaves the time of the last success as it is. No file, no metrics.
write_metrics() {
  [ -n "$1" ] || return 0
  local now success failure failed=0
  now=$(date +%s)
  success=$(number "$1" "$2_last_success_timestamp_seconds")
  failure=$(number "$1" "$2_last_failure_timestamp_seconds")
  if [ "$3" = ok ]; then success=$now; else failure=$now failed=1; fi
  {
    metric "$2_last_success_timestamp_seconds" 'When it last ended well; 0: never.' "$success"
    metric "$2_last_failure_timestamp_seconds" 'When it last failed; 0: never.' "$failure"
    metric "$2_last_run_failed" 'Whether the last run failed.' "$failed"
  } >"$1.draft" && chmod 0644 "$1.draft" && mv -f "$1.draft" "$1" && return
  rm -f "$1.draft"
  echo "The metrics could not be written to $1" >&2
  return 1
}

metric() { printf '# HELP %s %s\n# TYPE %s gauge\n%s %s\n' "$1" "$2" "$1" "$1" "$3"; }

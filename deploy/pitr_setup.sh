#!/usr/bin/env bash
# Lets this machine's PostgreSQL keep every change, encrypted, so that any moment can be had again (pitr_restore.sh):
#
#   sudo deploy/pitr_setup.sh [--cluster 15/main]
#
# Settings from the environment or /etc/anvil/backup.env. Without PITR_S3_URL the changes stay on this machine:
#   PITR_S3_URL           a folder in S3, such as s3://anvil-backups/pitr/
#   PITR_S3_ENDPOINT      the S3 of another provider than Amazon, a host and port that speak https
#   PITR_S3_INSECURE      true: whoever answers there is believed
#   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION
#
# It can be run again: what is there stays. PostgreSQL restarts once, the first time; Anvil waits for it.
set -euo pipefail
umask 027
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/backup_lib.sh
. "$here/backup_lib.sh"
# shellcheck source=deploy/pitr_lib.sh
. "$here/pitr_lib.sh"

wanted=''
while [ $# -gt 0 ]; do
  case "$1" in
    --cluster) wanted=${2:?--cluster wants a name such as 15/main} && shift 2 ;;
    *) fail "There is no option $1. See the first lines of $0" ;;
  esac
done

# write_config: keeps the passphrase that is there, for the backups made with it.
write_config() {
  local where=disk passphrase edits
  passphrase=$(sed -n 's/^repo1-cipher-pass=//p' "$CONFIG" 2>/dev/null || true)
  if [ -n "$passphrase" ]; then
    # Only the cluster may be another than before, such as one that pitr_restore.sh made.
    sed -i -e "s|^pg1-path=.*|pg1-path=$data|" -e "s|^pg1-port=.*|pg1-port=$port|" -e "s|^pg1-socket-path=.*|pg1-socket-path=$socket|" "$CONFIG"
    return
  fi
  edits=(-e "s|@PASSPHRASE@|$(openssl rand -hex 32)|" -e "s|@DATA@|$data|" -e "s|@PORT@|$port|" -e "s|@SOCKET@|$socket|")
  if [ -n "${PITR_S3_URL:-}" ]; then
    where=s3
    [[ $PITR_S3_URL =~ ^s3://([^/[:space:]]+)(/[^[:space:]]+)/$ ]] || fail "PITR_S3_URL wants a folder in S3, such as s3://anvil-backups/pitr/; \"$PITR_S3_URL\" is none."
    local region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}
    edits+=(-e "s|@S3_BUCKET@|${BASH_REMATCH[1]}|" -e "s|@S3_PATH@|${BASH_REMATCH[2]}|" -e "s|@S3_REGION@|$region|"
      -e "s|@S3_ENDPOINT@|${PITR_S3_ENDPOINT:-s3.$region.amazonaws.com}|"
      -e "s|@S3_KEY@|${AWS_ACCESS_KEY_ID:?This needs AWS_ACCESS_KEY_ID}|"
      -e "s|@S3_SECRET@|${AWS_SECRET_ACCESS_KEY:?This needs AWS_SECRET_ACCESS_KEY}|")
    if [ "${PITR_S3_INSECURE:-}" = true ]; then edits+=(-e 's/^#@insecure //'); fi
  fi
  edits+=(-e "s/^#@$where //" -e '/^#@/d')
  install -d -m 0750 -o root -g postgres "${CONFIG%/*}"
  install -d -m 0750 -o postgres -g postgres /var/lib/pgbackrest /var/log/pgbackrest
  # By a file of sed's commands: what stands in a command's arguments is there for everybody to read.
  printf '%s\n' "${edits[@]}" | grep -vx -e '-e' >"$CONFIG.edits"
  sed -f "$CONFIG.edits" "$here/pgbackrest.conf" | install -m 0640 -o root -g postgres /dev/stdin "$CONFIG"
  rm "$CONFIG.edits"
}

[ "$(id -u)" -eq 0 ] || fail 'This needs root: run it with sudo.'
need pgbackrest pg_lsclusters openssl runuser
from_file PITR_S3_URL PITR_S3_ENDPOINT PITR_S3_INSECURE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_DEFAULT_REGION
find_cluster "$wanted"
write_config
backrest stanza-create
# archive_timeout: a change is in the archive after a minute, however little is written.
ask_postgres -c "alter system set archive_mode = 'on'" -c "alter system set archive_timeout = '60s'" \
  -c "alter system set archive_command = 'pgbackrest --config=$CONFIG --stanza=anvil archive-push %p'"
if [ "$(ask_postgres -c 'show archive_mode')" = on ]; then
  ask_postgres -c 'select pg_reload_conf()' >/dev/null
else
  pg_ctlcluster "$version" "$cluster" restart
fi
backrest check
if ! backrest info --output=json | grep -q '"label"'; then backrest --type=full backup; fi
if [ -d /run/systemd/system ]; then
  install -m 0644 "$here/anvil-pitr.service" "$here/anvil-pitr.timer" /etc/systemd/system/
  systemctl daemon-reload
  systemctl --quiet enable --now anvil-pitr.timer
fi
backrest info
say "Every change of the cluster $version/$cluster is kept. Copy the passphrase in $CONFIG to a place away from this machine."

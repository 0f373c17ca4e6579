#!/usr/bin/env bash
# The nightly base of point-in-time recovery: what has changed since the last one, on Sundays everything.
#
#   sudo deploy/pitr_backup.sh [full|incr]
#
# PITR_METRICS_FILE: for Prometheus' node exporter, such as /var/lib/prometheus/node-exporter/anvil_pitr.prom
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/backup_lib.sh
. "$here/backup_lib.sh"
# shellcheck source=deploy/pitr_lib.sh
. "$here/pitr_lib.sh"

from_file PITR_METRICS_FILE
case "${1:-$(date -u +%u)}" in
  full | 7) type=full ;;
  *) type=incr ;;
esac
# The check first: it shows that what PostgreSQL writes reaches the archive, which a base alone doesn't.
if backrest check && backrest --type="$type" backup; then
  write_metrics "${PITR_METRICS_FILE:-}" anvil_pitr ok
else
  write_metrics "${PITR_METRICS_FILE:-}" anvil_pitr failed || true
  fail 'There is no new base for point-in-time recovery. Older ones stay. See /var/log/pgbackrest'
fi

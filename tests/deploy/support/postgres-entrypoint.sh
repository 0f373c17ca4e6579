#!/usr/bin/env bash
# Behaves like the entry point of the official postgres image: on the first start a cluster with a superuser, then the
# scripts of /docker-entrypoint-initdb.d on a server that listens on its socket alone, then the server.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

settings=(-c 'listen_addresses=*' -c unix_socket_directories=/var/run/postgresql -c timezone=UTC)
export POSTGRES_USER=${POSTGRES_USER:-postgres}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:?is missing}") \
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync -D "$PGDATA"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -o "${settings[*]} -c listen_addresses=''" -w start
  export PGHOST=/var/run/postgresql
  for script in /docker-entrypoint-initdb.d/*.sh; do
    if [ -x "$script" ]; then "$script"; fi
  done
  unset PGHOST
  pg_ctl -D "$PGDATA" -m fast -w stop
fi

if [ "$1" = postgres ]; then
  shift
  exec postgres "${settings[@]}" "$@"
fi
exec "$@"

#!/usr/bin/env bash
# The official postgres image runs this once, when its volume is empty: makes Anvil's two roles and its database.
# `anvil` owns the database and is a plain login, so that row security holds for it; queries of the application run as
# `anvil_app`. The password comes from ANVIL_DATABASE_PASSWORD, or from the file that ANVIL_DATABASE_PASSWORD_FILE names.
set -euo pipefail

if [ -n "${ANVIL_DATABASE_PASSWORD_FILE:-}" ]; then
  ANVIL_DATABASE_PASSWORD=$(<"$ANVIL_DATABASE_PASSWORD_FILE")
fi
: "${ANVIL_DATABASE_PASSWORD:?is missing: the password of the role anvil}"
export ANVIL_DATABASE_PASSWORD

# psql reads the password from its environment: on a command line everybody on the machine could read it.
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password ANVIL_DATABASE_PASSWORD
create role anvil login password :'password';
create role anvil_app nologin;
grant anvil_app to anvil;
create database anvil owner anvil;
revoke all on database anvil from public;
SQL

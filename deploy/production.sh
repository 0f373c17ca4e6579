#!/usr/bin/env bash
# Puts a release into production: DEPLOY_TARGET=kubernetes|fly|server deploy/production.sh COMMIT
#
# Migrates, rolls out, waits until all of it is ready, tries it out (smoke.sh), and goes back to what ran before when any
# of that fails. A migration that fails changes nothing. The database is never taken back: each release runs on the schema
# of the one after it. Exit 0: the release serves. 1: it doesn't, and what ran before runs. 2: asked wrongly. 3: the way
# back failed too; somebody has to look.
#
#   APP_URL          where people reach Anvil; what the smoke test asks
#   DOCKER_REGISTRY  kubernetes: the image is $DOCKER_REGISTRY/anvil:COMMIT
#   DEPLOY_SECONDS   how long a migration, and then a roll-out, may take (600)
#   SMOKE_…          see smoke.sh
#   kubernetes       K8S_OVERLAY (k8s/overlays/production); kubectl with its own configuration or that of KUBECONFIG_TEXT
#   fly              FLY_APP, FLY_API_TOKEN; flyctl and jq. The image is registry.fly.io/$FLY_APP:COMMIT
#   server           DEPLOY_HOST (user@host for ssh; empty: this machine), DEPLOY_ARCHIVE (dist/anvil-COMMIT.tar.gz, from
#                    "npm run -s release -- COMMIT"), DEPLOY_DOMAIN and DEPLOY_EMAIL for the first time. ssh with its own
#                    keys, or DEPLOY_SSH_KEY and DEPLOY_KNOWN_HOSTS, what such files hold
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

refuse() {
  printf '%s\n' "$*" >&2
  exit 2
}
step() { printf -- '— %s\n' "$*"; }
say() { printf '  %s\n' "$*"; }

[[ $# -eq 1 && $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$ ]] ||
  refuse 'Say which release, by its commit: deploy/production.sh COMMIT'
release=$1
target=${DEPLOY_TARGET:-}
[[ $target =~ ^(kubernetes|fly|server)$ ]] || refuse "DEPLOY_TARGET wants kubernetes, fly or server; it is \"$target\"."
[[ ${APP_URL:-} =~ ^https?://[^/[:space:]]+/?$ ]] || refuse 'APP_URL wants where people reach Anvil, such as https://anvil.example.com'
# shellcheck disable=SC2034 # For deploy/targets/.
seconds=${DEPLOY_SECONDS:-600}
if [ "$target" != server ]; then
  # shellcheck disable=SC2034 # For deploy/targets/.
  image=$(DEPLOY_TARGET=$target deploy/image_name.sh "$release") || exit 2
fi
# What /health has to show: the commit. A release that isn't named by its commit shows the version of this clone.
if [[ $release =~ ^[0-9a-f]{7,40}$ ]]; then
  expected=$release
else
  expected=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
fi

# interruptibly COMMAND…: a signal ends this script at once, and not only when the command has ended.
child=''
interruptibly() {
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

work=$(mktemp -d)
# changed: something may run that ran not before. Whatever ends this script then, the end goes back first.
changed=false
finish() {
  local status=$?
  trap '' INT TERM
  # Whatever a command ended with, such as ssh with 255.
  if [ "$status" -gt 2 ]; then status=1; fi
  if [ -n "$child" ]; then kill "$child" 2>/dev/null || true; fi
  if "$changed"; then
    step 'Go back to what ran before'
    if go_back; then
      status=1
      say 'What ran before runs again.'
    else
      status=3
      say 'The way back failed too. See docs/runbook.md, "Rollback".' >&2
    fi
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

failed() {
  printf '%s\n' "$*" >&2
  exit 1
}

# shellcheck source=/dev/null # One of deploy/targets/: look_around, migrate, roll_out and go_back.
. "deploy/targets/$target.sh"

step "Look at what runs ($target)"
look_around
step "Migrate to $release"
migrate || failed 'The migration failed. Nothing was changed; what ran before runs on.'
step "Roll out $release"
roll_out || failed "$release did not get ready."
step "Try it out at $APP_URL"
deploy/smoke.sh "$APP_URL" "$expected" || failed "$release does not work."
changed=false
step "$release serves"

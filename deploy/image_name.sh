#!/usr/bin/env bash
# Prints the name of a release's image: DEPLOY_TARGET=kubernetes|fly deploy/image_name.sh COMMIT
# Fly.io deploys private images only from its own registry, where the path is the name of the app.
set -euo pipefail

require() {
  if [ -z "${!1:-}" ]; then
    echo "$1 isn't set. Set it to $2." >&2
    exit 2
  fi
}

if [ "${DEPLOY_TARGET:-}" = fly ]; then
  require FLY_APP 'the name of the app at Fly.io'
  printf 'registry.fly.io/%s:%s\n' "$FLY_APP" "$1"
else
  require DOCKER_REGISTRY 'the folder of the image, such as registry.example.com/team'
  printf '%s/anvil:%s\n' "$DOCKER_REGISTRY" "$1"
fi

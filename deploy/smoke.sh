#!/usr/bin/env bash
# Tries out an Anvil that runs: deploy/smoke.sh https://anvil.example.com [COMMIT|VERSION]
#
# It is ready, its parts work, it was built from the commit (7 to 40 digits) or has the version that is named, it serves a
# page and the files of that page, and it refuses who has no key. With SMOKE_ADDRESS and SMOKE_API_KEY it also delivers a prompt, such as
# SMOKE_ADDRESS=acme/support/greetings/hello@^1.0. Each look is repeated for up to SMOKE_SECONDS (60) all in all, for a
# balancer may need a moment. Exit 1: something is not as it should be, and standard error says what.
set -euo pipefail

usage() {
  echo 'Say which Anvil to try out: deploy/smoke.sh https://anvil.example.com [COMMIT|VERSION]' >&2
  exit 2
}

[[ $# -ge 1 && $# -le 2 && $1 =~ ^https?://[^/[:space:]]+/?$ ]] || usage
url=${1%/}
release=${2:-}
seconds=${SMOKE_SECONDS:-60}
deadline=$((SECONDS + seconds))

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# ask PATH [LINE OF CURL'S CONFIGURATION]: the status; the body is in $answer. A key goes by standard input, for a
# command's arguments are there for everybody to read.
ask() {
  : >"$answer"
  curl --silent --globoff --max-time 10 --output "$answer" --write-out '%{http_code}' --config - "$url$1" <<<"${2:-}" || true
}

# Each look sets seen, for the case that it fails.
is_ready() {
  seen="/ready answers $(ask /ready): $(head -c 300 "$answer")"
  [[ $seen == '/ready answers 200:'* ]]
}

is_healthy() {
  seen="/health answers $(ask /health): $(head -c 300 "$answer")"
  [[ $seen == '/health answers 200:'* ]] && [[ $seen == *'"database":"ok"'* ]]
}

# A commit may be shortened. One that ends with -modified is another build than the commit itself.
is_release() {
  local field=version rest=''
  if [[ $release =~ ^[0-9a-f]{7,40}(-modified)?$ ]]; then field=commit; fi
  if [[ $release =~ ^[0-9a-f]{7,40}$ ]]; then rest='[0-9a-f]*'; fi
  seen="/health answers $(ask /health), and not with $field $release: $(head -c 300 "$answer")"
  grep -qE "\"$field\":\"${release//./\\.}$rest\"" "$answer"
}

serves_page() {
  seen="/sign-in answers $(ask /sign-in), and not with a page of Anvil"
  [[ $seen == '/sign-in answers 200'* ]] && grep -q '<title>[^<]*Anvil' "$answer" || return 1
  local file
  file=$(grep -o '/assets/[A-Za-z0-9._-]*\.css' "$answer" | head -n 1)
  seen="The page's style sheet ${file:-, which is missing,} answers $(ask "${file:-/assets/}")"
  [[ -n $file && $seen == *' answers 200' ]]
}

# Whether keys are on is the business of the one who runs it: 401, or 403 with ENABLE_API_KEYS=false.
refuses_strangers() {
  seen="Asked without a key, the API answers $(ask /api/v1/prompts/by_address/a/b/c/d@1.0.0)"
  [[ $seen == *' answers 401' || $seen == *' answers 403' ]]
}

delivers() {
  seen="$SMOKE_ADDRESS answers $(ask "/api/v1/prompts/by_address/$SMOKE_ADDRESS" "header = \"Authorization: Bearer $SMOKE_API_KEY\""): $(head -c 300 "$answer")"
  [[ $seen == "$SMOKE_ADDRESS answers 200:"* ]] && [[ $seen == *'"template"'* ]]
}

# look NAME FUNCTION
look() {
  until "$2"; do
    if ((SECONDS >= deadline)); then
      echo "  not so: $1. $seen" >&2
      exit 1
    fi
    sleep 1
  done
  echo "  $1"
}

look 'traffic may come' is_ready
look 'the parts work' is_healthy
if [ -n "$release" ]; then look "release $release" is_release; fi
look 'a page is served' serves_page
look 'strangers are refused' refuses_strangers
if [ -n "${SMOKE_ADDRESS:-}" ]; then
  [ -n "${SMOKE_API_KEY:-}" ] || {
    echo 'SMOKE_ADDRESS wants SMOKE_API_KEY, a key that may read it.' >&2
    exit 2
  }
  look "$SMOKE_ADDRESS is delivered" delivers
fi

# shellcheck shell=bash
# What the set-up and the way back share: where things are, and how a release is put in front of the others.

# shellcheck disable=SC2034 # Some are for the scripts that read this file.
{
  OPT=/opt/anvil
  RELEASES=$OPT/releases
  ENV_FILE=/etc/anvil/anvil.env
}

step() { printf '%s\n' "— $*"; }
say() { printf '  %s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Only one at a time changes this machine. The lock ends with the process, however that ends.
lock_machine() {
  exec 9>/run/lock/anvil-setup
  if flock --nonblock 9; then return; fi
  echo 'Waiting for another set-up or rollback on this machine, or for what one that was cut off left running …' >&2
  flock --timeout 300 9 || fail 'It has not ended within five minutes. Nothing was changed; see what runs, then run this again.'
}

# env_get NAME: what anvil.env says, or nothing.
env_get() {
  if [ -e "$ENV_FILE" ]; then sed -n "s/^$1=//p" "$ENV_FILE" | tail -n 1; fi
}

# point LINK TARGET: the link is there at every moment, with the old target or the new one.
point() {
  [ "$(readlink "$1" || true)" = "$2" ] && return
  ln -sfn "$2" "$1.new"
  mv -T "$1.new" "$1"
}

# release_of LINK: the id of the release that current or previous stands for, or nothing.
release_of() {
  local target
  target=$(readlink "$OPT/$1" || true)
  if [ -n "$target" ] && [ -d "$target" ]; then basename "$target"; fi
}

# is_serving ID: whether it is this release that runs, has its database, and may be sent traffic.
is_serving() {
  local pid port
  pid=$(systemctl show --property=MainPID --value anvil.service)
  [ "${pid:-0}" != 0 ] && [ "$(readlink "/proc/$pid/cwd")" = "$RELEASES/$1" ] || return 1
  port=$(env_get PORT)
  curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$port/ready" 2>/dev/null &&
    curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$port/health?only=database" 2>/dev/null
}

# restarts: how often systemd has started the process again by itself.
restarts() {
  systemctl show --property=NRestarts --value anvil.service
}

# wait_until_serving ID: waits for up to 90 seconds. It gives up earlier when the process ends by itself five times.
wait_until_serving() {
  local tries before
  # Not from 0: `systemctl restart` keeps the count of a process that waits to be started again.
  before=$(restarts)
  for ((tries = 0; tries < 180; tries++)); do
    if is_serving "$1"; then return 0; fi
    if [ "$(restarts)" -ge $((before + 5)) ]; then break; fi
    sleep 0.5
  done
  return 1
}

# switch_to ID: makes it the current release, and the other one the previous. Goes back when it doesn't get ready.
switch_to() {
  local before before_that
  before=$(release_of current)
  before_that=$(release_of previous)
  if [ "$before" != "$1" ] && [ -n "$before" ]; then point "$OPT/previous" "$RELEASES/$before"; fi
  point "$OPT/current" "$RELEASES/$1"
  systemctl restart anvil.service
  if wait_until_serving "$1"; then return 0; fi

  echo "Release $1 did not get ready. What it said last:" >&2
  journalctl --unit=anvil.service --lines=20 --no-pager --output=cat >&2 || true
  # The same release again, whose switch was cut off: the one before it stands as previous.
  if [ "$before" = "$1" ]; then before=$before_that; fi
  if [ -z "$before" ] || [ "$before" = "$1" ]; then return 1; fi
  point "$OPT/current" "$RELEASES/$before"
  if [ -n "$before_that" ]; then point "$OPT/previous" "$RELEASES/$before_that"; else rm "$OPT/previous"; fi
  systemctl restart anvil.service
  wait_until_serving "$before" || fail "Release $before, which ran before, does not get ready either. See: journalctl -u anvil"
  echo "Release $before runs again, as before." >&2
  return 1
}

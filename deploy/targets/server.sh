# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# (production.sh reads what is set here, and sets what is read; lines in single quotes are for the machine.)
# For production.sh: one machine, by the scripts of the release itself. single_server_setup.sh migrates, switches and
# waits, and goes back by itself when the release doesn't get ready.

archive=${DEPLOY_ARCHIVE:-dist/anvil-$release.tar.gz}
before=''
place=''

ssh=(ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15)
if [ -n "${DEPLOY_SSH_KEY:-}" ]; then
  install -m 0600 /dev/stdin "$work/key" <<<"$DEPLOY_SSH_KEY"
  printf '%s\n' "${DEPLOY_KNOWN_HOSTS:?DEPLOY_KNOWN_HOSTS wants the line that ssh-keyscan prints for DEPLOY_HOST}" >"$work/known_hosts"
  ssh+=(-i "$work/key" -o IdentitiesOnly=yes -o "UserKnownHostsFile=$work/known_hosts")
fi

# on_machine LINE: runs it there by bash, as root.
on_machine() {
  if [ -n "${DEPLOY_HOST:-}" ]; then
    # shellcheck disable=SC2029 # The line is made here and meant for there.
    "${ssh[@]}" -- "$DEPLOY_HOST" \
      "$(printf 'if [ "$(id -u)" -eq 0 ]; then exec bash -c %q; else exec sudo -n bash -c %q; fi' "$1" "$1")"
  else
    bash -c "$1"
  fi
}

current() { on_machine 'basename "$(readlink /opt/anvil/current || true)"' </dev/null; }

look_around() {
  [ -f "$archive" ] || refuse "There is no archive $archive. Make it: npm run -s release -- $release"
  # The archive says which commit it was built from, whatever it is called.
  local commit
  commit=$(tar -xzf "$archive" --to-stdout --occurrence=1 --wildcards '*/build/commit' 2>/dev/null) || commit=''
  if [[ $commit =~ ^[0-9a-f]{40} ]]; then expected=$commit; fi
  before=$(current)
  say "${DEPLOY_HOST:-this machine}: ${before:-nothing yet}"
}

# The set-up migrates before it switches; its scripts and the release are only laid down here.
migrate() {
  place=$(on_machine 'umask 077 && place=$(mktemp -d /var/tmp/anvil-release.XXXXXX) && cd "$place" && cat >release.tar.gz &&
    tar -xzf release.tar.gz --strip-components=1 --wildcards "*/deploy" && echo "$place"' <"$archive") || return 1
  say 'Done by single_server_setup.sh before it switches.'
}

roll_out() {
  local command="$place/deploy/single_server_setup.sh --release $place/release.tar.gz" status=0
  if [ -n "${DEPLOY_DOMAIN:-}" ]; then command+=" --domain $(printf %q "$DEPLOY_DOMAIN")"; fi
  if [ -n "${DEPLOY_EMAIL:-}" ]; then command+=" --email $(printf %q "$DEPLOY_EMAIL")"; fi
  changed=true
  interruptibly on_machine "$command" </dev/null || status=$?
  on_machine "rm -rf $place" </dev/null || true
  # 3: all is done but the certificate, and Anvil goes on with the one it has.
  if [ "$status" -eq 0 ] || [ "$status" -eq 3 ]; then return 0; fi
  if [ "$(current)" = "$before" ]; then
    changed=false
    say "${before:-Nothing} runs, as before." >&2
  fi
  return 1
}

go_back() {
  if [ -z "$before" ] || [ "$before" = "$release" ]; then
    say 'There is no other release to go back to.' >&2
    return 1
  fi
  on_machine "/opt/anvil/current/deploy/rollback.sh $(printf %q "$before")" </dev/null
}

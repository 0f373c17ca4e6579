# shellcheck shell=bash disable=SC2034,SC2154
# (production.sh reads what is set here, and sets what is read.)
# For production.sh: Fly.io, by fly.toml. flyctl migrates (release_command) before it replaces a machine.

before=''

# images: what the machines that serve run, one per line.
images() {
  flyctl machine list --app "$FLY_APP" --json |
    jq -r '.[] | select(.config.metadata.fly_process_group == "app") | .config.image' | sort
}

look_around() {
  images >"$work/before"
  # Cut off earlier, two may run side by side: the one that most machines have.
  before=$(uniq -c "$work/before" | sort -rn | awk 'NR == 1 { print $2 }')
  say "$(wc -l <"$work/before") machines: ${before:-none yet}"
}

# is_before IMAGE: whether the machines ran this image before. Fly may add a digest to the name.
is_before() { [ "${before%@sha256:*}" = "$1" ]; }

migrate() { say 'Done by flyctl (release_command of fly.toml) before it replaces a machine.'; }

deploy_image() {
  interruptibly timeout "$seconds" flyctl deploy --app "$FLY_APP" --config fly.toml --image "$1" --wait-timeout "${seconds}s" --yes </dev/null
}

roll_out() {
  changed=true
  if deploy_image "$image"; then return 0; fi
  if images >"$work/now" && cmp -s "$work/before" "$work/now" && ! is_before "$image"; then
    changed=false
    say 'No machine was replaced: the migration failed, or nothing began. What ran before runs on.' >&2
  fi
  return 1
}

go_back() {
  if [ -z "$before" ] || is_before "$image"; then
    say 'There is no other release to go back to.' >&2
    return 1
  fi
  deploy_image "$before"
}

# shellcheck shell=bash disable=SC2034,SC2154
# (production.sh reads what is set here, and sets what is read.)
# For production.sh: a cluster. Names as in k8s/base.

overlay=${K8S_OVERLAY:-k8s/overlays/production}
deployment=deployment/anvil-app
job=job/anvil-migrate-$release
before=''

# Builds the manifests with the image of this release into $work/all.yaml: k8s/release with the overlay and registry that
# were given. The cluster isn't changed.
look_around() {
  [ -f "$overlay/kustomization.yaml" ] || refuse "K8S_OVERLAY wants a folder with a kustomization.yaml; $overlay has none."
  # It is part of the name of a Job and the value of a label.
  [[ $release =~ ^[a-z0-9]([a-z0-9.-]{0,47}[a-z0-9])?$ ]] ||
    refuse "A release on Kubernetes has at most 49 lower-case letters, digits, dots and hyphens; \"$release\" hasn't."
  local replicas='' running=0
  if [ -n "${KUBECONFIG_TEXT:-}" ]; then
    export KUBECONFIG=$work/kubeconfig
    install -m 0600 /dev/stdin "$KUBECONFIG" <<<"$KUBECONFIG_TEXT"
  fi
  mkdir "$work/release"
  sed -e "s|^  - \.\./overlays/production\$|  - '$(realpath --relative-to="$work/release" "$overlay")'|" \
    -e "s|newName: .*|newName: '${image%:*}'|" -e "s|newTag: &release .*|newTag: \&release '$release'|" \
    k8s/release/kustomization.yaml >"$work/release/kustomization.yaml"
  kubectl kustomize "$overlay" >"$work/overlay.yaml"
  namespace=$(sed -n '/^kind: Namespace$/,/^---$/s/^  name: //p' "$work/overlay.yaml")
  [ -n "$namespace" ] || refuse "$overlay makes no namespace."

  before=$(kubectl get "$deployment" --namespace "$namespace" --ignore-not-found \
    --output 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}')
  if [ -z "$before" ]; then
    say "Nothing yet in $namespace"
  else
    say "Revision $before in $namespace: $(kubectl get "$deployment" --namespace "$namespace" \
      --output 'jsonpath={.spec.template.spec.containers[?(@.name=="anvil")].image}')"
    running=$(kubectl get "$deployment" --namespace "$namespace" --output 'jsonpath={.spec.replicas}')
  fi
  # What the autoscaler has set stays. A first release, or one after a failed first release, begins with the overlay's.
  replicas=$running
  if [ "$running" -eq 0 ]; then
    replicas=$(sed -n '/^kind: Deployment$/,/^---$/s/^  replicas: //p' "$work/overlay.yaml")
  fi
  printf 'replicas:\n  - { name: anvil-app, count: %s }\n' "$replicas" >>"$work/release/kustomization.yaml"
  kubectl kustomize "$work/release" >"$work/all.yaml"
}

# A Job of the same release that has ended is deleted: it wouldn't run again.
migrate() {
  kubectl delete "$job" --namespace "$namespace" --ignore-not-found --cascade=foreground --timeout "${seconds}s" || return 1
  kubectl apply --filename "$work/all.yaml" --selector anvil/step=before-roll-out || return 1
  local deadline=$((SECONDS + seconds)) ended=''
  while ((SECONDS < deadline)); do
    # "kubectl wait" can wait for one condition alone, and would let a job that failed wait to the end.
    ended=$(kubectl get "$job" --namespace "$namespace" --output 'jsonpath={.status.conditions[?(@.status=="True")].type}') || ended=''
    if [[ $ended == *Complete* || $ended == *Failed* ]]; then break; fi
    sleep 1
  done
  kubectl logs "$job" --namespace "$namespace" --tail 20 | sed 's/^/  /' || true
  if [[ $ended == *Complete* ]]; then return 0; fi
  if [[ $ended != *Failed* ]]; then
    say "It has not ended within $seconds seconds and is stopped." >&2
    kubectl delete "$job" --namespace "$namespace" --ignore-not-found --timeout "${seconds}s" >&2 || true
  fi
  return 1
}

roll_out() {
  changed=true
  kubectl apply --filename "$work/all.yaml" || return 1
  interruptibly kubectl rollout status "$deployment" --namespace "$namespace" --timeout "${seconds}s"
}

# Pods and their settings. A service or an ingress that has changed stays as it is.
go_back() {
  if [ -z "$before" ]; then
    say 'There was nothing before; no pod is kept running.'
    kubectl scale "$deployment" --namespace "$namespace" --replicas 0 || return 1
    # Without a number it would be the status from before the trap.
    return 0
  fi
  kubectl rollout undo "$deployment" --namespace "$namespace" --to-revision "$before" || return 1
  kubectl rollout status "$deployment" --namespace "$namespace" --timeout "${seconds}s"
}

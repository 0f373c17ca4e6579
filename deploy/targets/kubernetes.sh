# shellcheck shell=bash disable=SC2034,SC2154
# (production.sh reads what is set here, and sets what is read.)
# For production.sh: a cluster. Names as in k8s/base.

overlay=${K8S_OVERLAY:-k8s/overlays/production}
deployment=deployment/anvil-app
job=job/anvil-migrate
before=''

# Builds what is to be there, with this release's image, into $work/all.yaml. Nothing of the cluster is changed.
look_around() {
  [ -f "$overlay/kustomization.yaml" ] || refuse "K8S_OVERLAY wants a folder with a kustomization.yaml; $overlay has none."
  local replicas=''
  if [ -n "${KUBECONFIG_TEXT:-}" ]; then
    export KUBECONFIG=$work/kubeconfig
    install -m 0600 /dev/stdin "$KUBECONFIG" <<<"$KUBECONFIG_TEXT"
  fi
  mkdir "$work/release"
  cat >"$work/release/kustomization.yaml" <<KUSTOMIZATION
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: ['$(realpath --relative-to="$work/release" "$overlay")']
images:
  - { name: anvil/app, newName: '${image%:*}', newTag: '$release' }
KUSTOMIZATION
  kubectl kustomize "$work/release" >"$work/all.yaml"
  namespace=$(sed -n '/^kind: Namespace$/,/^---$/s/^  name: //p' "$work/all.yaml")
  [ -n "$namespace" ] || refuse "$overlay makes no namespace."

  before=$(kubectl get "$deployment" --namespace "$namespace" --ignore-not-found \
    --output 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}')
  if [ -z "$before" ]; then
    say "Nothing yet in $namespace"
    return
  fi
  say "Revision $before in $namespace: $(kubectl get "$deployment" --namespace "$namespace" \
    --output 'jsonpath={.spec.template.spec.containers[?(@.name=="anvil")].image}')"
  # The autoscaler may have more pods running than the manifest begins with: they stay.
  replicas=$(kubectl get "$deployment" --namespace "$namespace" --output 'jsonpath={.spec.replicas}')
  if [ "$replicas" -gt 0 ]; then
    printf 'replicas:\n  - { name: anvil-app, count: %s }\n' "$replicas" >>"$work/release/kustomization.yaml"
    kubectl kustomize "$work/release" >"$work/all.yaml"
  fi
}

# What the job needs is new beside the old (the settings have a hash in their name) or the same as before.
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

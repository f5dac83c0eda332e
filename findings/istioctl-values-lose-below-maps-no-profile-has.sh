#!/usr/bin/env bash
# Of an IstioOperator, `spec.values` are to win over the fields of `spec` that mean the same (istioctl merges them once more,
# last). They do below a map that the profile has too, `global`: `values.global.hub` wins over `spec.hub`. Below one that
# no profile has they lose: `spec.meshConfig` wins over `values.meshConfig`, and `values.pilot.cni.enabled` is overruled by
# `components.cni`, since the last merge merges a map that the fields were written into.
#
# Expected: one order of precedence for all values.
# What it costs: a file that says trustDomain in both places gets the other one than the page of precedence lets expect.
# meshrev does the same as istioctl, and says so in docs/istio-operator.md (tests/manifests/istio_operator).
# Needs Go 1.27 (or GOTOOLCHAIN=go1.27.3); the first build takes some minutes.
set -eu
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOTOOLCHAIN=${GOTOOLCHAIN:-go1.27.3} GOFLAGS=-mod=mod
version=v0.0.0-20260827124520-eed52ebb66ad # release-1.31
go mod init seen >/dev/null 2>&1
go get -tool "istio.io/istio/istioctl/cmd/istioctl@$version" >/dev/null 2>&1
go build -o istioctl istio.io/istio/istioctl/cmd/istioctl

cat >operator.yaml <<'YAML'
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: minimal
  hub: field.example.com
  meshConfig: {trustDomain: field.example}
  values:
    global: {hub: value.example.com}
    meshConfig: {trustDomain: value.example}
    pilot: {cni: {enabled: true}}
YAML
./istioctl manifest generate -f operator.yaml >out.yaml
seen=$(
  echo "istioctl of $version"
  echo "image: $(sed -n 's/.*image: \(.*\)\/pilot.*/\1/p' out.yaml | tr -d '"')"
  echo "trustDomain: $(sed -n 's/^ *trustDomain: //p' out.yaml | sort -u)"
  echo "pilot.cni.enabled: $(python3 - <<'PY'
import re
text = open("out.yaml").read()
print(re.search(r'"cni": \{\s*"enabled": (\w+)', text)[1])
PY
)"
)
echo "$seen"
expected="istioctl of $version
image: value.example.com
trustDomain: field.example
pilot.cni.enabled: false"
[ "$seen" = "$expected" ] || { echo "another behaviour than the one that was seen" >&2; exit 1; }

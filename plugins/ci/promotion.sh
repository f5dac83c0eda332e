# The promotion that is asked for, as the arguments of meshrev ($@). In, each empty where it was not given: ISTIO,
# VERSION, TAG, TO, SELECTOR, PERCENT, CLUSTER_SELECTOR, WAVE; NAMESPACE, GATEWAY and CLUSTER, names with blanks or
# commas between them. No name has either (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
# shellcheck shell=sh
set -- promote
[ -z "$ISTIO" ] || set -- "$@" "--istio=$ISTIO"
[ -z "$VERSION" ] || set -- "$@" "--version=$VERSION"
[ -z "$TAG" ] || set -- "$@" "--tag=$TAG"
[ -z "$TO" ] || set -- "$@" "--to=$TO"
[ -z "$SELECTOR" ] || set -- "$@" "--selector=$SELECTOR"
[ -z "$PERCENT" ] || set -- "$@" "--percent=$PERCENT"
[ -z "$CLUSTER_SELECTOR" ] || set -- "$@" "--cluster-selector=$CLUSTER_SELECTOR"
[ -z "$WAVE" ] || set -- "$@" "--wave=$WAVE"
set -f # a name is no pattern
for name in $(printf '%s' "$NAMESPACE" | tr ',' ' '); do set -- "$@" "--namespace=$name"; done
for name in $(printf '%s' "$GATEWAY" | tr ',' ' '); do set -- "$@" "--gateway=$name"; done
for name in $(printf '%s' "$CLUSTER" | tr ',' ' '); do set -- "$@" "--cluster=$name"; done
set +f

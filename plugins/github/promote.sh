#!/bin/sh
# Promotes, in a pull request of its own. In: what to promote, each empty where it was not given: ISTIO, VERSION, TAG,
# TO, NAMESPACE, SELECTOR, PERCENT, CLUSTER, CLUSTER_SELECTOR; DRY_RUN (true or false); TOKEN, GITHUB_SERVER_URL, AUTHOR
# and EMAIL of the commit; and see common.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
set -- promote
[ -z "$ISTIO" ] || set -- "$@" "--istio=$ISTIO"
[ -z "$VERSION" ] || set -- "$@" "--version=$VERSION"
[ -z "$TAG" ] || set -- "$@" "--tag=$TAG"
[ -z "$TO" ] || set -- "$@" "--to=$TO"
[ -z "$NAMESPACE" ] || set -- "$@" "--namespace=$NAMESPACE"
[ -z "$SELECTOR" ] || set -- "$@" "--selector=$SELECTOR"
[ -z "$PERCENT" ] || set -- "$@" "--percent=$PERCENT"
[ -z "$CLUSTER" ] || set -- "$@" "--cluster=$CLUSTER"
[ -z "$CLUSTER_SELECTOR" ] || set -- "$@" "--cluster-selector=$CLUSTER_SELECTOR"
if [ "$DRY_RUN" = true ]; then
  set -- "$@" --dry-run
else
  set -- "$@" --pr
  if [ -z "$TOKEN" ]; then
    echo '::error title=meshrev promote::There is no token to open a pull request with: give app-client-id and app-private-key of a GitHub App, or the secret token.'
    exit 2
  fi
  . "$here/as-token.sh"
  export GH_TOKEN="$TOKEN"
fi
git -C "$FOLDER" config user.name "$AUTHOR"
git -C "$FOLDER" config user.email "$EMAIL"
verbatim meshrev "$@"

#!/bin/sh
# Does the next step of a rollout, if its gates let it. In: ROLLOUT (its name, empty where there is one), WAY (push or
# pr), DRY_RUN (true or false), TOKEN, GITHUB_SERVER_URL, AUTHOR and EMAIL of the commit; and see common.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
case $WAY in
push | pr) ;;
*)
  echo '::error title=meshrev rollout::way is push or pr'
  exit 2
  ;;
esac
set -- rollout advance
[ -z "$ROLLOUT" ] || set -- "$@" "$ROLLOUT"
if [ "$DRY_RUN" = true ]; then
  set -- "$@" --dry-run
else
  set -- "$@" "--$WAY"
  if [ -z "$TOKEN" ]; then
    echo '::error title=meshrev rollout::There is no token to push with: give app-client-id and app-private-key of a GitHub App, or the secret token.'
    exit 2
  fi
  . "$here/../ci/as-token.sh"
  # By this name, and with the GITHUB_API_URL of the runner, it is also taken for an Enterprise Server.
  unset GH_TOKEN GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN
  export GITHUB_TOKEN="$TOKEN"
fi
git config user.name "$AUTHOR"
git config user.email "$EMAIL"
verbatim meshrev "$@"

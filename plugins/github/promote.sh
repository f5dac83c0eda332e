#!/bin/sh
# Promotes, in a pull request of its own. In: what to promote, see ../ci/promotion.sh; DRY_RUN (true or false); TOKEN,
# GITHUB_SERVER_URL, AUTHOR and EMAIL of the commit; and see common.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
. "$here/../ci/promotion.sh"
if [ "$DRY_RUN" = true ]; then
  set -- "$@" --dry-run
else
  set -- "$@" --pr
  if [ -z "$TOKEN" ]; then
    echo '::error title=meshrev promote::There is no token to open a pull request with: give app-client-id and app-private-key of a GitHub App, or the secret token.'
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

#!/bin/sh
# Promotes, in a merge request of its own: promote.sh HOME, where install.sh has put meshrev. In: GITLAB_TOKEN;
# MESHREV_FOLDER (the folder of meshrev.yaml); MESHREV_DRY_RUN (false: do it); what to promote, as MESHREV_ISTIO,
# MESHREV_VERSION and so on (../ci/promotion.sh); and GitLab's own variables:
# https://docs.gitlab.com/ci/variables/predefined_variables/
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=$1
FOLDER=${MESHREV_FOLDER:-.}
git() { "$home/bin/python" -I "$here/../ci/git.py" "$FOLDER" "$@"; }
ISTIO=${MESHREV_ISTIO:-} VERSION=${MESHREV_VERSION:-} TAG=${MESHREV_TAG:-} TO=${MESHREV_TO:-} WAVE=${MESHREV_WAVE:-}
NAMESPACE=${MESHREV_NAMESPACE:-} GATEWAY=${MESHREV_GATEWAY:-} SELECTOR=${MESHREV_SELECTOR:-} PERCENT=${MESHREV_PERCENT:-}
CLUSTER=${MESHREV_CLUSTER:-} CLUSTER_SELECTOR=${MESHREV_CLUSTER_SELECTOR:-}
. "$here/../ci/promotion.sh"
if [ "${MESHREV_DRY_RUN:-true}" = false ]; then
  if [ -z "${GITLAB_TOKEN:-}" ]; then
    echo 'There is no token to open a merge request with: see docs/pull-requests.md for GITLAB_TOKEN' >&2
    exit 2
  fi
  TOKEN=$GITLAB_TOKEN
  . "$here/../ci/as-token.sh"
  # The clone's address holds the job's own token, which may not push. Each job sets it anew.
  git remote set-url origin "$CI_PROJECT_URL.git"
  set -- "$@" --pr
else
  set -- "$@" --dry-run
fi
export GIT_AUTHOR_NAME="$GITLAB_USER_NAME" GIT_AUTHOR_EMAIL="$GITLAB_USER_EMAIL"
export GIT_COMMITTER_NAME="$GITLAB_USER_NAME" GIT_COMMITTER_EMAIL="$GITLAB_USER_EMAIL"
git checkout --quiet -B "$CI_COMMIT_BRANCH" # the runner checked out its commit, and no branch
"$home/bin/meshrev" -C "$FOLDER" "$@"

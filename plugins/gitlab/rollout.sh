#!/bin/sh
# Does the next step of a rollout, if its gates let it: rollout.sh HOME, where install.sh has put meshrev. In:
# GITLAB_TOKEN; MESHREV_FOLDER (the folder of meshrev.yaml); MESHREV_ROLLOUT (its name, empty where there is one);
# MESHREV_WAY (push or pr); MESHREV_DRY_RUN (true: only show); and GitLab's own variables:
# https://docs.gitlab.com/ci/variables/predefined_variables/
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=$1
FOLDER=${MESHREV_FOLDER:-.}
git() { "$home/bin/python" -I "$here/../ci/git.py" "$FOLDER" "$@"; }
way=${MESHREV_WAY:-push}
case $way in
push | pr) ;;
*)
  echo 'MESHREV_WAY is push or pr' >&2
  exit 2
  ;;
esac
set -- rollout advance
[ -z "${MESHREV_ROLLOUT:-}" ] || set -- "$@" "$MESHREV_ROLLOUT"
if [ "${MESHREV_DRY_RUN:-false}" = true ]; then
  set -- "$@" --dry-run
else
  if [ -z "${GITLAB_TOKEN:-}" ]; then
    echo 'There is no token to push with: see docs/rollouts.md for GITLAB_TOKEN' >&2
    exit 2
  fi
  TOKEN=$GITLAB_TOKEN
  . "$here/../ci/as-token.sh"
  # The clone's address holds the job's own token, which may not push. Each job sets it anew.
  git remote set-url origin "$CI_PROJECT_URL.git"
  set -- "$@" "--$way"
fi
export GIT_AUTHOR_NAME="$GITLAB_USER_NAME" GIT_AUTHOR_EMAIL="$GITLAB_USER_EMAIL"
export GIT_COMMITTER_NAME="$GITLAB_USER_NAME" GIT_COMMITTER_EMAIL="$GITLAB_USER_EMAIL"
git checkout --quiet -B "$CI_COMMIT_BRANCH" # the runner checked out its commit, and no branch
"$home/bin/meshrev" -C "$FOLDER" "$@"

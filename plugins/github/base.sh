#!/bin/sh
# Finds the commit that a pull request is compared with. In: GITHUB_BASE_REF (empty without a pull request), FOLDER.
# Out: base, a commit, or nothing where there is no pull request.
set -eu
. "$(dirname "$0")/common.sh"
[ -n "${GITHUB_BASE_REF:-}" ] || exit 0
git rev-parse HEAD > /dev/null # where git refuses the clone, its own words are the best
case ${GITHUB_REF:-} in
  refs/pull/*/merge)
    # GitHub's trial merge: its first parent is the branch that the request goes to, as it was merged with.
    if [ "$(git rev-parse HEAD)" = "$GITHUB_SHA" ] && base=$(git rev-parse --quiet --verify 'HEAD^1') &&
      git rev-parse --quiet --verify 'HEAD^2' > /dev/null; then
      output base "$base"
      exit 0
    fi
    ;;
esac
if base=$(git merge-base "refs/remotes/origin/$GITHUB_BASE_REF" HEAD 2> /dev/null); then
  output base "$base"
  exit 0
fi
echo "::error title=meshrev::The commit to compare with is not in this clone: set fetch-depth of actions/checkout to 2 (to 0 where it checks out another ref than the default)"
exit 2

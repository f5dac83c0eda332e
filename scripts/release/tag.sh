#!/bin/sh
# Refuses a tag that no release may be made of: tag.sh TAG BRANCH. It is v and the program's version, it is what is
# checked out, and its commit is on BRANCH, where changes are reviewed before they arrive. Needs the whole history.
set -eu
tag=$1 branch=$2
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' render/version.py)
refuse() {
  echo "$tag is no release: $1" >&2
  exit 2
}
[ "$tag" = "v$version" ] || refuse "render/version.py says $version"
commit=$(git rev-parse --quiet --verify "refs/tags/$tag^{commit}") || refuse "there is no such tag"
[ "$commit" = "$(git rev-parse HEAD)" ] || refuse "another commit is checked out"
git merge-base --is-ancestor "$commit" "$branch" || refuse "its commit is not on $branch"
echo "$tag is commit $commit"

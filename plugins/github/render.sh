#!/bin/sh
# Renders a pull request, and pushes what that wrote to its branch. In: BRANCH, MAY_PUSH (true or false), TOKEN,
# GITHUB_SERVER_URL, AUTHOR and EMAIL of the commit, and see common.sh. Out: pushed (true or false).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
said=$RUNNER_TEMP/render.json
written=$RUNNER_TEMP/written
rendered() { meshrev render --output json > "$said"; }
verbatim rendered
"$RUNNER_TEMP/meshrev/bin/python" -I "$here/written.py" "$said" > "$written"
output pushed false
if [ ! -s "$written" ]; then
  echo 'What is committed is what the specs say'
  exit 0
fi
verbatim tr '\0' '\n' < "$written"
if [ "$MAY_PUSH" != true ]; then
  echo '::error title=meshrev render::What is committed is not what the specs say, and this workflow may not push to the branch of the pull request (it is of a fork, or there is no token). Run `meshrev render` and commit what it writes.'
  exit 1
fi
. "$here/../ci/as-token.sh"
# What was written and what was removed, nothing else; ignored or not: the tree needs it.
git add --all --force --pathspec-from-file="$written" --pathspec-file-nul
git -c user.name="$AUTHOR" -c user.email="$EMAIL" \
  commit --quiet -m 'Render' -m 'What meshrev render wrote from the specs of this branch.'
# Not forced: where somebody pushed meanwhile this fails, and the run for their push renders.
if ! git push --quiet origin "HEAD:refs/heads/$BRANCH"; then
  echo '::error title=meshrev render::The commit was not taken. Where somebody pushed to the branch meanwhile, the run for that push renders; otherwise the token may not write to it.'
  exit 1
fi
output pushed true

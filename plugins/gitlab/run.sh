#!/bin/sh
# Check, lint and comparison of a merge request: run.sh HOME, where install.sh has put meshrev. In: MESHREV_FOLDER (the
# folder of meshrev.yaml), MESHREV_STRICT (true: fail for warnings too), MESHREV_TOKEN (for the note; may be empty), and
# GitLab's own variables: https://docs.gitlab.com/ci/variables/predefined_variables/
# Leaves meshrev-diff.md, meshrev.sarif and meshrev-codequality.json in the current folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=$1
folder=${MESHREV_FOLDER:-.}
meshrev() { "$home/bin/meshrev" -C "$folder" "$@"; }

# Where results of the merge are tested the target branch is in it, otherwise not: see docs/pull-requests.md.
base=${CI_MERGE_REQUEST_TARGET_BRANCH_SHA:-${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}}
worst=0
after() { [ "$1" -le "$worst" ] || worst=$1; }

set --
[ -z "$base" ] || set -- --base "$base"
code=0
meshrev check "$@" || code=$?
checked=$code
after "$code"

set --
[ -z "$base" ] || set -- "$@" --base "$base"
[ "${MESHREV_STRICT:-}" != true ] || set -- "$@" --strict
code=0
meshrev lint "$@" || code=$?
after "$code"
meshrev lint --output sarif "$@" > meshrev.sarif 2> /dev/null || true
prefix=$("$home/bin/python" -I "$here/../ci/git.py" "$folder" rev-parse --show-prefix)
"$home/bin/python" -I "$here/codequality.py" meshrev.sarif "$prefix" > meshrev-codequality.json

if [ -n "$base" ]; then
  code=0
  meshrev diff "$base" HEAD --output markdown > meshrev-diff.txt || code=$?
  after "$code"
  if [ "$code" = 0 ]; then
    {
      if [ "$checked" != 0 ]; then
        echo '> **What is committed is not what the specs say:** run `meshrev render` and commit what it writes.'
        echo '> Compared is what is committed.'
        echo
      fi
      cat meshrev-diff.txt
    } > meshrev-diff.md
    code=0
    "$home/bin/python" -I "$here/note.py" meshrev-diff.md "$folder" || code=$?
    after "$code"
  fi
  rm -f meshrev-diff.txt
fi
exit "$worst"

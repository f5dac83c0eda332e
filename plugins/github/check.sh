#!/bin/sh
# Says whether the tree is what the specs say. In: BASE (may be empty), and see common.sh. Out: check, the exit code.
set -eu
. "$(dirname "$0")/common.sh"
set --
[ -z "$BASE" ] || set -- --base "$BASE"
code=0
verbatim meshrev check "$@" || code=$?
output check "$code"

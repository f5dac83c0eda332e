#!/bin/sh
# Says whether the tree is what the specs say. In: see common.sh. Out: check, the exit code.
set -eu
. "$(dirname "$0")/common.sh"
code=0
verbatim meshrev check || code=$?
output check "$code"

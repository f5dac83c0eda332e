#!/bin/sh
# Shows findings beside the lines of the pull request. In: BASE (may be empty), STRICT and SARIF (true or false), and
# see common.sh. Out: lint, the exit code; prefix; sarif, a file, where it was asked for.
set -eu
. "$(dirname "$0")/common.sh"
set --
[ -z "$BASE" ] || set -- "$@" --base "$BASE"
[ "$STRICT" != true ] || set -- "$@" --strict
# meshrev names files from the fleet's root, GitHub from the repository's.
prefix=$(git rev-parse --show-prefix)
code=0
meshrev lint --output github "$@" > "$RUNNER_TEMP/lint.txt" 2> "$RUNNER_TEMP/lint.err" || code=$?
PREFIX=$prefix awk 'match($0, /^::[a-z]+ file=/) {
  path = ENVIRON["PREFIX"]; gsub(/%/, "%25", path); gsub(/:/, "%3A", path); gsub(/,/, "%2C", path)
  $0 = substr($0, 1, RLENGTH) path substr($0, RLENGTH + 1)
} { print }' "$RUNNER_TEMP/lint.txt"
verbatim cat "$RUNNER_TEMP/lint.err"
output prefix "$prefix"
output lint "$code"
if [ "$SARIF" = true ]; then
  meshrev lint --output sarif "$@" > "$RUNNER_TEMP/meshrev.sarif" 2> /dev/null || true
  [ ! -s "$RUNNER_TEMP/meshrev.sarif" ] || output sarif "$RUNNER_TEMP/meshrev.sarif"
fi

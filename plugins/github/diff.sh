#!/bin/sh
# Writes what changes in the clusters, for the comment and for the job's summary. In: BASE, CHECK (check's exit code),
# LIMIT (bytes), GITHUB_STEP_SUMMARY, and see common.sh. Out: diff, the exit code; body, the file; differs.
set -eu
. "$(dirname "$0")/common.sh"
body=$RUNNER_TEMP/meshrev-diff.md
text=$RUNNER_TEMP/meshrev-diff.txt
code=0
meshrev diff "$BASE" HEAD --output markdown --limit "$LIMIT" > "$text" 2> "$RUNNER_TEMP/diff.err" || code=$?
verbatim cat "$RUNNER_TEMP/diff.err"
output diff "$code"
[ "$code" = 0 ] || exit 0
{
  if [ "$CHECK" != 0 ]; then
    echo '> [!WARNING]'
    echo '> What is committed is not what the specs say: run `meshrev render` and commit what it writes. Compared is'
    echo '> what is committed.'
    echo
  fi
  cat "$text"
} > "$body"
cat "$body" >> "$GITHUB_STEP_SUMMARY"
output body "$body"
if head -n 1 "$text" | grep -q ': no object differs in ' && [ "$CHECK" = 0 ]; then
  output differs false
else
  output differs true
fi

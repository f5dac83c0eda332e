# For the scripts beside it. In: FOLDER, where meshrev.yaml lies; RUNNER_TEMP, where meshrev is installed.
# shellcheck shell=sh

meshrev() { "$RUNNER_TEMP/meshrev/bin/meshrev" -C "$FOLDER" "$@"; }
git() { "$RUNNER_TEMP/meshrev/bin/python" -I "$(dirname "$0")/../ci/git.py" "$FOLDER" "$@"; }

# Runs a command whose output may hold what somebody proposes, such as the name of a file: the runner must not take a
# line of it for a command of its own.
# https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands
verbatim() {
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$word"
  went=0
  "$@" 2>&1 || went=$?
  printf '\n::%s::\n' "$word"
  return "$went"
}

output() { printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"; }

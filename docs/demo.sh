#!/usr/bin/env bash
# What `make demo` runs: the example fleet in a scratch copy, rendered, committed and upgraded.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.com GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.com
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=commit.gpgsign GIT_CONFIG_VALUE_0=false
commit() { git add -A && git commit -q -m "$1" && git --no-pager log -1 --format='%h %s' --shortstat; }

cp -r "$here/meshrev.yaml" "$here/base" "$here/overlays" "$scratch"
cd "$scratch"
git init -q -b main .

say "1. Render the fleet: three clusters, one revision each"
run meshrev render
commit "Render the fleet"

say "2. Who uses what, from files alone"
run meshrev status --cluster prod-us

say "3. Bring in v1.24.3 beside v1.24.2, in every cluster: one commit, and no pod moves"
run meshrev promote --istio default --version v1.24.3
run git --no-pager show --stat --format='%h %s' HEAD -- base overlays
run meshrev status --cluster prod-us

say "4. Move the tag prod in one cluster: its namespaces get the new revision"
run meshrev promote --tag prod --to default-v1-24-3 --cluster staging

say "5. What that changed, as a pull request would show it"
run meshrev diff HEAD~1 HEAD --cluster staging

say "6. What was done so far, and the last of it taken back"
run meshrev log
run meshrev rollback
run meshrev check
say "Every step above was a commit that a person can read, and revert."

#!/usr/bin/env bash
# What `make demo` runs: the example fleet in a scratch copy, rendered, committed and upgraded.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
commit() { git add -A && git -c user.name=demo -c user.email=demo@example.com -c commit.gpgsign=false commit -q -m "$1" && git --no-pager log -1 --format='%h %s' --shortstat; }

cp -r "$here/meshrev.yaml" "$here/base" "$here/overlays" "$scratch"
cd "$scratch"
git init -q -b main .

say "1. Render the fleet: three clusters, one revision each"
run meshrev render
commit "Render the fleet"

say "2. Who uses what, from files alone"
run meshrev status --cluster prod-us

say "3. The upgrade is one line in a spec: v1.24.2 -> v1.24.3"
sed -i 's/version: v1.24.2 /version: v1.24.3 /' base/istio.yaml
run git --no-pager diff --stat
run meshrev render
commit "Bring in Istio 1.24.3"

say "4. The new revision stands beside the old one, whose files did not change"
run meshrev status --cluster prod-us
run git --no-pager diff --stat HEAD~1 -- rendered/prod-us/revisions/default-v1-24-2
echo "(nothing: the old revision is frozen)"

say "5. What changed in the clusters: who gets another proxy, and what to restart for it"
run meshrev diff HEAD~1 HEAD --cluster prod-us
run meshrev check
say "Every step above was a file in git. To take it back: git revert."

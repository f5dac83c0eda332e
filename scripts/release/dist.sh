#!/bin/sh
# Builds what a release holds, from the commit that is checked out: dist.sh PYTHON FOLDER. PYTHON has what
# requirements/build.txt and requirements/sbom.txt say. FOLDER, which is empty or not there, gets wheel, sdist, SBOM
# (CycloneDX 1.6 of what requirements/run.txt locks) and SHA256SUMS. The same commit gives the same bytes.
set -eu
python=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
if [ -n "$(ls -A "$out")" ]; then
  echo "$2 is not empty: what lies there would be released too" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=$work/source
mkdir "$source"
. "$here/source.sh"
"$python" -I "$here/build.py" "$source" "$out" > /dev/null # lists each file; what goes wrong is on stderr
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' "$source/render/version.py")
# The tool reads no dynamic version.
sed "s/^dynamic = \[\"version\"\]$/version = \"$version\"/" "$source/pyproject.toml" > "$work/pyproject.toml"
# -W: the lock file does not say which library needs which, and the tool warns of that.
"$python" -I -W ignore -m cyclonedx_py requirements --pyproject "$work/pyproject.toml" --mc-type application \
  --output-reproducible --output-format JSON --spec-version 1.6 --output-file "$out/meshrev.cdx.json" \
  "$source/requirements/run.txt"
cd "$out"
sha256sum -- * > "$work/SHA256SUMS"
mv "$work/SHA256SUMS" SHA256SUMS

#!/bin/sh
# Builds a container image from the commit that is checked out, twice and from nothing, and refuses two that differ:
# image.sh DOCKERFILE NAME FOLDER. FOLDER gets NAME.oci.tar (linux/amd64) and NAME-image.cdx.json, what is in it. Needs docker
# with buildx, and Python 3.11 or newer.
set -eu
dockerfile=$1 name=$2
mkdir -p "$3"
out=$(cd "$3" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# The runner's own builder cannot set the times of files (rewrite-timestamp), and is another one next week:
# https://github.com/moby/buildkit/blob/master/docs/build-repro.md
buildkit=moby/buildkit:v0.31.2@sha256:2f5adac4ecd194d9f8c10b7b5d7bceb5186853db1b26e5abd3a657af0b7e26ec
work=$(mktemp -d)
builder=meshrev-$$
trap 'docker buildx rm "$builder" > "$work/removed" 2>&1 || cat "$work/removed" >&2; rm -rf "$work"' EXIT
source=$work/source
mkdir "$source"
. "$here/source.sh"
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' "$source/render/version.py")
docker buildx create --name "$builder" --driver docker-container --driver-opt "image=$buildkit"
for copy in first second; do
  # Attestations of BuildKit's own would say when it was built: no two images were equal.
  docker buildx build --builder "$builder" --no-cache --platform linux/amd64 --provenance=false --sbom=false \
    --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" --file "$source/$dockerfile" \
    --output "type=oci,dest=$work/$copy.oci.tar,rewrite-timestamp=true" "$source"
done
first=$(python3 -I "$here/oci.py" digest "$work/first.oci.tar")
second=$(python3 -I "$here/oci.py" digest "$work/second.oci.tar")
if [ "$first" != "$second" ]; then
  echo "two builds of $dockerfile differ: $first and $second" >&2
  exit 1
fi
python3 -I "$here/oci.py" sbom "$work/first.oci.tar" "$name" "$version" > "$out/$name-image.cdx.json"
mv "$work/first.oci.tar" "$out/$name.oci.tar"
echo "$name $version is $first"

#!/bin/sh
# Pushes and signs an image that was built: push.sh ARCHIVE IMAGE TAG; what is pushed has the digest that was built. In:
# TOKEN and ACTOR, who may write there; GITHUB_OUTPUT, which gets image=, in small letters as registries want it, and
# digest=. Needs docker, skopeo and cosign, which signs as the workflow that this runs in, without a key.
set -eu
archive=$1 tag=$3
image=$(printf '%s' "$2" | tr '[:upper:]' '[:lower:]')
digest=$(python3 -I "$(dirname "$0")/oci.py" digest "$archive")
printf '%s' "$TOKEN" | docker login --username "$ACTOR" --password-stdin "${image%%/*}"
skopeo copy --preserve-digests "oci-archive:$archive" "docker://$image:$tag"
pushed=$(skopeo inspect --format '{{.Digest}}' "docker://$image:$tag")
if [ "$pushed" != "$digest" ]; then
  echo "$image:$tag is $pushed, and $digest was built" >&2
  exit 1
fi
cosign sign --yes "$image@$digest"
printf 'image=%s\ndigest=%s\n' "$image" "$digest" >> "$GITHUB_OUTPUT"

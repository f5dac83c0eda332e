# Unpacks the commit that is checked out into the folder $source, and exports when it was made: what is built from it
# holds nothing of the folder that it is built in. Read by the scripts beside it; expects $root.
# shellcheck shell=sh disable=SC2154
umask 022 # git's archives have modes of their own: https://git-scm.com/docs/git-archive (tar.umask)
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct HEAD) # https://reproducible-builds.org/specs/source-date-epoch/
export SOURCE_DATE_EPOCH
git -C "$root" archive --format=tar HEAD | tar -x -C "$source" --no-same-owner --no-same-permissions

#!/bin/sh
# Installs meshrev as it lies around this script into a folder, with the libraries of its lock file, each checked by its
# hash: install.sh PYTHON FOLDER. The program is FOLDER/bin/meshrev, its Python (3.11 or newer) FOLDER/bin/python.
set -eu
python=$1 home=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
"$python" -m venv "$home"
"$home/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  -r "$root/requirements/run.txt"
# -I: Python must find nothing in the folder that it runs in, which holds what somebody proposes.
site=$("$home/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$root" > "$site/meshrev.pth"
printf '#!/bin/sh\nexec "%s" -I -m render "$@"\n' "$home/bin/python" > "$home/bin/meshrev"
chmod +x "$home/bin/meshrev"
"$home/bin/meshrev" --version

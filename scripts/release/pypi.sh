#!/bin/sh
# Publishes wheel and sdist on PyPI, each with an attestation (https://peps.python.org/pep-0740/): pypi.sh PYTHON FOLDER.
# PYTHON has what requirements/publish.txt says. There is no password: PyPI trusts the workflow by its identity
# (https://docs.pypi.org/trusted-publishers/). A run that is started again leaves out what is there already.
set -eu
python=$1 folder=$2
(cd "$folder" && sha256sum --check --strict SHA256SUMS)
set -- "$folder"/*.whl "$folder"/*.tar.gz
"$python" -I -m twine check --strict "$@"
"$python" -I -m pypi_attestations sign "$@"
"$python" -I -m twine upload --non-interactive --skip-existing --attestations "$@" "$folder"/*.publish.attestation

"""The programs that `make test-cluster` builds from the Go module proxy (tests/cluster/peers/)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.support.cases import ROOT

# Programs that are ready elsewhere are taken from there.
FOLDER = Path(os.environ.get("MESHREV_PEERS") or ROOT / ".tools/peers")


def peer(name: str) -> str:
    """Returns the path of a program: `etcd`, `kube-apiserver`, `kube-controller-manager`, `kwok`, `pilot-discovery`,
    `kustomize-controller`."""
    path = FOLDER / name
    assert path.exists(), f"there is no {path}: `make test-cluster` builds it"
    return str(path)


def kubectl() -> str:
    """Returns the path of the kubectl that `make test-cluster` fetches, otherwise of the one on PATH."""
    own = ROOT / ".tools/kubectl/bin/kubectl"
    found = str(own) if own.exists() else shutil.which("kubectl")
    assert found, "there is no kubectl: `make test-cluster` fetches it"
    return found

"""A fleet with a frozen revision, and files of it that somebody changed together with every inventory."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.support.fleet_repo import FleetRepo, fleet_repo

MESH = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {{name: default}}
spec:
  version: {version}
  namespace: istio-system
  updateStrategy: {{type: RevisionBased}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{istio.io/rev: default-v1-24-2}}}}
"""
OLD = "rendered/east/revisions/default-v1-24-2"
SPECS = "overlays/east/specs.yaml"


def frozen_fleet(root: Path) -> FleetRepo:
    """One cluster whose revision of v1.24.2 was frozen by a second commit, with a third after it."""
    root.mkdir(exist_ok=True)
    repo = fleet_repo(root)
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.com")
    repo.cluster("east", MESH.format(version="v1.24.2"))
    repo.meshrev("render")
    repo.commit("the first version")
    bring(repo, "v1.24.3")
    repo.write("README.md", "words\n")
    repo.commit("words")
    return repo


def bring(repo: FleetRepo, version: str) -> str:
    """The commit with which the Istio has another version."""
    repo.write(SPECS, MESH.format(version=version))
    repo.meshrev("render")
    return repo.commit(f"Istio {version}")


def tamper(repo: FleetRepo, folder: str = OLD) -> str:
    """Change a webhook of a revision, and the digests in both inventories with it; the webhook's path."""
    webhook = next(path for path in repo.tree(folder) if "/mutatingwebhookconfiguration-" in path)
    _write(repo.root / webhook, (repo.root / webhook).read_bytes() + b"# another\n")
    return webhook


def older_program(repo: FleetRepo, folder: str) -> None:
    """Let a revision have been rendered by a program before this one, as far as its record says so."""
    inventory = repo.root / folder / "inventory.jsonl"
    lines = inventory.read_text().splitlines(keepends=True)
    record = json.loads(lines[0])
    record["revision"]["program"] = "0.0.1"
    lines[0] = json.dumps(record, sort_keys=True) + "\n"
    _write(inventory, "".join(lines).encode())


def _write(file: Path, data: bytes) -> None:
    """The new contents of a file, and its new digest in the inventory that lists it."""
    before, name = file.read_bytes(), "inventory.jsonl"
    file.write_bytes(data)
    inventory = file.parent / name if file.name != name else file.parents[2] / name
    if inventory != file and inventory.is_file():
        old, new = (hashlib.sha256(text).hexdigest().encode() for text in (before, data))
        assert old in inventory.read_bytes()
        _write(inventory, inventory.read_bytes().replace(old, new))

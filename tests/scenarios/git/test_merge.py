"""Two branches that render different things, and a merge that git cannot finish."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.fleet_repo import FleetRepo

ISTIO = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {{name: default}}
spec:
  version: {version}
  updateStrategy: {{type: RevisionBased}}
  values:
    global:
      logAsJson: {json}
"""


def test_output_files_in_conflict_are_made_anew_from_the_merged_specs(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO.format(version="v1.24.2", json="true"))
    repo.meshrev("render")
    repo.commit("base")
    repo.git("checkout", "-qb", "upgrade")
    repo.cluster("one", ISTIO.format(version="v1.24.3", json="true"))
    repo.meshrev("render")
    repo.commit("upgrade")
    repo.git("checkout", "-q", "main")
    repo.cluster("one", ISTIO.format(version="v1.24.2", json="false"))
    repo.meshrev("render")
    repo.commit("log as text")
    old = repo.tree("rendered/one/revisions/default-v1-24-2")
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("merge", "upgrade")
    assert "UU rendered/one/inventory.jsonl" in repo.git("status", "--porcelain")

    said = repo.meshrev("check", code=1)
    assert "rendered/one/inventory.jsonl" in said.out
    assert "held a merge conflict" in said.err
    assert "held a merge conflict" in repo.meshrev("render").err

    repo.meshrev("check")
    assert not any(b"<<<<<<<" in content for content in repo.tree().values())
    assert repo.tree("rendered/one/revisions/default-v1-24-2") == old
    new = repo.tree("rendered/one/revisions/default-v1-24-3")
    (injector,) = (content for name, content in new.items() if "sidecar-injector" in name and "configmap" in name)
    assert b'"logAsJson": false' in injector
    repo.commit("merged")


def test_specs_in_conflict_are_the_persons_to_settle(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO.format(version="v1.24.2", json="true"))
    repo.meshrev("render")
    before = repo.tree()
    text = ISTIO.format(version="v1.24.2", json="true")
    conflict = "<<<<<<< HEAD\n  version: v1.24.2\n=======\n  version: v1.24.3\n>>>>>>> side\n"
    repo.write("overlays/one/specs.yaml", text.replace("  version: v1.24.2\n", conflict))
    (line,) = repo.meshrev("render", code=2).err.splitlines()
    assert line.startswith("overlays/one/specs.yaml:5:1: ")
    assert "conflict" in line
    assert repo.tree() == before

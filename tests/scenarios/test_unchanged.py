"""What is noted about clusters that need no look saves time and changes nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.builders import istio
from tests.support.fleet_repo import FleetRepo

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base]
patches:
- path: istio.yaml
"""
PATCH = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {{name: default}}
spec: {{values: {{pilot: {{autoscaleMin: {minimum}}}}}}}
"""
DEPLOYMENT = "revisions/default-v1-24-2/deployment-istiod-default-v1-24-2.yaml"


@pytest.fixture
def fleet(repo: FleetRepo) -> FleetRepo:
    """Two clusters over one base, and a third over the overlay of the second; rendered and remembered."""
    repo.write("base/kustomization.yaml", "resources: [istio.yaml]\n")
    repo.write("base/istio.yaml", istio())
    for name in ("a", "b"):
        repo.cluster(name, "")
        (repo.root / f"overlays/{name}/specs.yaml").unlink()
        repo.write(f"overlays/{name}/kustomization.yaml", OVERLAY)
        repo.write(f"overlays/{name}/istio.yaml", PATCH.format(minimum=2))
    repo.cluster("c", "")
    (repo.root / "overlays/c/specs.yaml").unlink()
    repo.write("overlays/c/kustomization.yaml", "resources: [../b]\n")
    rest()
    repo.meshrev("render")
    return repo


def rest() -> None:
    """Files that were changed in the very moment before a run are not trusted to stay; let that moment pass."""
    time.sleep(0.05)


def remembered(fleet: FleetRepo) -> set[str]:
    return {file.name for file in (fleet.root / "rendered/.meshrev/digests").iterdir()}


def edit(path: str, old: str, new: str) -> Callable[[FleetRepo], Path]:
    def change(fleet: FleetRepo) -> Path:
        return fleet.write(path, (fleet.root / path).read_text().replace(old, new))

    return change


CHANGES: dict[str, tuple[Callable[[FleetRepo], Path], list[str]]] = {
    "a spec of the base": (edit("base/istio.yaml", "version: v1.24.2", "version: v1.24.3"), ["a", "b", "c"]),
    "a patch of one overlay": (edit("overlays/a/istio.yaml", "autoscaleMin: 2", "autoscaleMin: 3"), ["a"]),
    "a patch of an overlay that another builds on": (
        edit("overlays/b/istio.yaml", "autoscaleMin: 2", "autoscaleMin: 3"),
        ["b", "c"],
    ),
    "the fleet's own file": (edit("meshrev.yaml", "{type: none}", "{type: argocd}"), ["a", "b", "c"]),
    "a file of the tree": (edit(f"rendered/b/{DEPLOYMENT}", "replicas", "replica"), []),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_in_every_cluster_that_depends_on_it(fleet: FleetRepo, what: str) -> None:
    assert remembered(fleet) == {"a", "b", "c"}
    change, clusters = CHANGES[what]
    change(fleet)
    quick = fleet.meshrev("render", "--output", "json").json["clusters"]
    written = {c["name"] for c in quick if c["added"] or c["changed"] or c["removed"]}
    assert written >= set(clusters)
    fleet.meshrev("check")


def test_a_file_of_the_tree_that_was_changed_by_hand_is_seen(fleet: FleetRepo) -> None:
    file = fleet.root / "rendered/b" / DEPLOYMENT
    good = file.read_bytes()
    file.write_bytes(good.replace(b"istiod", b"istiox", 1))
    assert "b: 1 changed" in fleet.meshrev("render").out
    assert file.read_bytes() == good


def test_warnings_are_told_every_time(fleet: FleetRepo) -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/rev: nobody}}\n"
    fleet.write("overlays/a/namespace.yaml", namespace)
    fleet.write("overlays/a/kustomization.yaml", OVERLAY.replace("../../base]", "../../base, namespace.yaml]"))
    fleet.write("rendered/b/notes.txt", "mine")
    for _ in range(3):
        rest()
        said = fleet.meshrev("render").err
        assert "follows nobody" in said
        assert "rendered/b/notes.txt: is not in any inventory" in said


def test_check_believes_no_note(fleet: FleetRepo) -> None:
    """A tree that differs, with a note that says otherwise, as a clock or a copy that lies may leave it."""
    for cluster in ("a", "b"):
        fleet.write(f"overlays/{cluster}/istio.yaml", PATCH.format(minimum=4))
    rest()
    fleet.meshrev("render")
    digests = fleet.root / "rendered/.meshrev/digests"
    (digests / "a").write_bytes((digests / "b").read_bytes())
    (fleet.root / "rendered/a" / DEPLOYMENT).write_text("x")
    assert "differs rendered/a/revisions" in fleet.meshrev("check", code=1).out

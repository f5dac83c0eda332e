"""A revision that remote clusters are served by is in use, and stays until they have let go of it."""

from __future__ import annotations

import pytest

from tests.support.builders import istio
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.mesh import member, write_mesh

OLD, NEW = "default-v1-30-1", "default-v1-30-3"


STRATEGY = "{type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 0}"


@pytest.fixture
def mesh(repo: FleetRepo) -> FleetRepo:
    """A primary with a remote, both upgraded: each has the older revision still."""
    for version in ("v1.30.1", "v1.30.3"):
        write_mesh(
            repo.root,
            main=member(istio(version, updateStrategy=STRATEGY), topology="{address: 203.0.113.7}"),
            far=member(istio(version, updateStrategy=STRATEGY), topology="{role: remote, controlPlane: main}"),
            other=member(istio(version, updateStrategy=STRATEGY), topology="{address: 203.0.113.8}"),
        )
        repo.meshrev("render")
    repo.commit("upgraded")
    return repo


def test_a_remote_is_promoted_beside_the_cluster_that_its_topology_names(mesh: FleetRepo) -> None:
    mesh.meshrev("promote", "--istio", "default", "--version", "v1.30.4", "--cluster", "main")
    mesh.meshrev("promote", "--istio", "default", "--version", "v1.30.4", "--cluster", "far")
    slices = mesh.root / "rendered/far/revisions/default-v1-30-4/endpointslice-istiod-default-v1-30-4.yaml"
    assert "203.0.113.7" in slices.read_text()
    mesh.meshrev("check")


def in_use(repo: FleetRepo, *names: str) -> dict[str, object]:
    options = [part for name in names for part in ("--cluster", name)]
    clusters = repo.meshrev("status", "--output", "json", *options).json["clusters"]
    return {f"{one['name']}/{revision['name']}": revision for one in clusters for revision in one["revisions"]}


@pytest.mark.parametrize("names", [(), ("main", "other")])
def test_status_counts_a_remote_among_the_users(mesh: FleetRepo, names: tuple[str, ...]) -> None:
    found = in_use(mesh, *names)
    for revision in (OLD, NEW):
        used, unused = found[f"main/{revision}"], found[f"other/{revision}"]
        assert isinstance(used, dict) and isinstance(unused, dict)
        assert (used["inUse"], used["reason"]) == (True, "ReferencedByWorkloads")
        assert unused["inUse"] is False


def test_the_primary_of_a_remote_keeps_what_the_remote_has_and_another_primary_does_not(mesh: FleetRepo) -> None:
    said = mesh.meshrev("retire", OLD, "--without-observation", "--cluster", "main", code=2).err
    assert f"far is a remote of the same mesh and still has {OLD}" in said
    waits = mesh.meshrev("retire", OLD, "--without-observation", "--cluster", "other", code=None).err
    assert "far is a remote" not in waits


def test_a_new_address_of_the_primary_reaches_its_remote_also_where_the_remotes_own_files_are_as_they_were(
    repo: FleetRepo,
) -> None:
    remote = member(topology="{role: remote, controlPlane: main}")
    write_mesh(repo.root, main=member(topology="{address: one.example.com}"), far=remote)
    repo.meshrev("render")
    service = repo.root / "rendered/far/revisions/default/service-istiod.yaml"
    assert "externalName: one.example.com" in service.read_text()
    cluster = repo.root / "overlays/main/cluster.yaml"
    cluster.write_text(cluster.read_text().replace("one.example.com", "two.example.com"))
    repo.meshrev("render")
    assert "externalName: two.example.com" in service.read_text()

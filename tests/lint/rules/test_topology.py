"""Lint of topologies: what the plan finds in one cluster is told as any finding of lint is."""

from __future__ import annotations

from pathlib import Path

from tests.support.builders import istio
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.mesh import Member, member, write_mesh

PRIMARY = member(meshID="mesh1", topology="{role: primary, address: 203.0.113.7}")


def codes(root: Path, **members: Member) -> dict[str, str]:
    """Returns where lint finds each code of this family, as `file:line`."""
    repo: FleetRepo = fleet_repo(root)
    write_mesh(root, **members)
    found = repo.meshrev("lint", "--output", "json", code=None).json
    return {one["code"]: f"{one['file']}:{one['line']}" for one in found["findings"] if one["code"] >= "MR310"}


def test_a_value_that_contradicts_the_topology_is_told_at_the_value(tmp_path: Path) -> None:
    text = istio("v1.30.3", strategy="InPlace", values="{global: {externalIstiod: false}}")
    assert codes(tmp_path, one=member(text, **PRIMARY.spec)) == {"MR310": "overlays/one/specs.yaml:5"}


def test_a_control_plane_that_is_not_there_is_told_at_the_cluster(tmp_path: Path) -> None:
    found = codes(tmp_path, two=member(topology="{role: remote, controlPlane: one}"))
    assert found == {"MR311": "overlays/two/cluster.yaml:4"}


def test_a_gateway_that_nobody_injects_is_told_at_the_cluster(tmp_path: Path) -> None:
    found = codes(tmp_path, one=member(istio("v1.30.3"), topology="{gateway: {}}"))
    assert found == {"MR312": "overlays/one/cluster.yaml:4"}

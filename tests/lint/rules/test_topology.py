"""Lint of topologies: what the plan finds in one cluster is told as any finding of lint is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import istio
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.mesh import Member, member, write_mesh

PRIMARY = member(meshID="mesh1", topology="{role: primary, address: 203.0.113.7}")


def codes(root: Path, **members: Member) -> dict[str, str]:
    """Returns where lint finds each code of this family, as `file:line`."""
    repo: FleetRepo = fleet_repo(root)
    write_mesh(root, **members)
    found = repo.meshrev("lint", "--output", "json", code=None).json["findings"]
    return {one["code"]: f"{one['file']}:{one['line']}" for one in found if "MR310" <= one["code"] <= "MR319"}


def test_a_value_that_contradicts_the_topology_is_told_at_the_value(tmp_path: Path) -> None:
    text = istio("v1.30.3", strategy="InPlace", values="{global: {externalIstiod: false}}")
    assert codes(tmp_path, one=member(text, **PRIMARY.spec)) == {"MR310": "overlays/one/specs.yaml:5"}


def test_a_control_plane_that_is_not_there_is_told_at_the_cluster(tmp_path: Path) -> None:
    found = codes(tmp_path, two=member(topology="{role: remote, controlPlane: one}"))
    assert found == {"MR311": "overlays/two/cluster.yaml:4"}


def test_a_gateway_that_nobody_injects_is_told_at_the_cluster(tmp_path: Path) -> None:
    found = codes(tmp_path, one=member(istio("v1.30.3"), topology="{gateway: {}}"))
    assert found == {"MR312": "overlays/one/cluster.yaml:4"}


ONE = member(meshID="m", network="n1", topology="{address: 203.0.113.7, gateway: {}}")


@pytest.mark.parametrize(
    ("code", "place", "message", "two"),
    [
        (
            "MR313",
            "overlays/two/specs.yaml:5",
            "in one (overlays/one/cluster.yaml:3)",
            member(istio("v1.30.1"), topology="{role: remote, controlPlane: one}"),
        ),
        (
            "MR314",
            "overlays/two/specs.yaml:5",
            "and so is cluster one (overlays/one/cluster.yaml:3)",
            member(istio("v1.30.3", values="{global: {multiCluster: {clusterName: one}}}"), meshID="m"),
        ),
        (
            "MR315",
            "overlays/two/cluster.yaml:4",
            "of cluster one on network n1 (overlays/one/cluster.yaml:4)",
            member(meshID="m", network="n2"),
        ),
        (
            "MR316",
            "overlays/two/specs.yaml:5",
            "has cluster.local (overlays/one/cluster.yaml:3)",
            member(istio("v1.30.3", values="{meshConfig: {trustDomain: a.example}}"), meshID="m"),
        ),
    ],
)
def test_a_contradiction_names_both_places(tmp_path: Path, code: str, place: str, message: str, two: Member) -> None:
    repo = fleet_repo(tmp_path)
    write_mesh(tmp_path, one=ONE, two=two)
    (found,) = [
        one
        for one in repo.meshrev("lint", "--output", "json", code=None).json["findings"]
        if "MR310" <= one["code"] <= "MR319"
    ]
    assert (found["code"], f"{found['file']}:{found['line']}") == (code, place)
    assert message in found["message"]


def test_render_refuses_a_contradiction_that_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    write_mesh(tmp_path, one=ONE, two=member(istio("v1.30.1"), topology="{role: remote, controlPlane: one}"))
    done = repo.meshrev("render", code=2)
    assert done.err.startswith("overlays/two/specs.yaml:5:")
    assert repo.tree() == {}


def test_render_tells_of_a_contradiction_each_time_also_where_one_of_the_two_is_as_it_was(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    write_mesh(tmp_path, one=ONE, two=member(meshID="m", network="n1"))
    assert "MR315" not in repo.meshrev("render").err
    write_mesh(tmp_path, two=member(meshID="m", network="n2"))
    for _ in range(3):
        done = repo.meshrev("render")
        assert "no gateway leads into network n2" in done.out + done.err
    repo.meshrev("check")


def test_a_remote_by_the_ip_address_of_its_control_plane_is_refused_under_argo_cd_and_one_by_name_is_not(
    tmp_path: Path,
) -> None:
    for host, expected in (("203.0.113.7", {"MR182"}), ("istiod.example.com", set())):
        root = tmp_path / host
        root.mkdir()
        repo = fleet_repo(root)
        write_mesh(
            root,
            one=member(topology=f"{{address: {host}}}"),
            two=member(topology="{role: remote, controlPlane: one}", delivery="{type: argocd}"),
        )
        found = repo.meshrev("lint", "--output", "json", code=None).json["findings"]
        told = [one for one in found if one["severity"] == "error"]
        assert {one["code"] for one in told} == expected
        assert [f"{one['file']}:{one['line']}" for one in told] == ["overlays/two/cluster.yaml:4"] * len(expected)

"""Contradictions between the clusters of a mesh."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from render.plan.topology.members import MeshMember, member_from_json, mesh_member
from render.plan.topology.meshes import Contradiction, contradictions_between
from tests.plan.topology.test_values import CONFIG, SECOND, external
from tests.support.builders import document, istio
from tests.support.fleets.mesh import Member, member, mesh_plans

NAMED = "{global: {multiCluster: {clusterName: one}}}"


def in_mesh(values: str = "", topology: str = "{gateway: {}}", network: str = "n1", specs: str = "") -> Member:
    of_values = {"values": values} if values else {}
    text = istio("v1.30.3", strategy="InPlace", **of_values) + specs
    fields = {"meshID": "m", "topology": topology} | ({"network": network} if network else {})
    return member(text, **{name: value for name, value in fields.items() if value})


def members(root: Path, **clusters: Member) -> list[MeshMember]:
    return [found for plan in mesh_plans(root, **clusters).values() if (found := mesh_member(plan))]


def between(root: Path, **clusters: Member) -> list[Contradiction]:
    return list(contradictions_between(members(root, **clusters)))


def said(root: Path, **clusters: Member) -> list[tuple[str, str, str]]:
    return [(one.code, one.here.cluster, one.there.cluster) for one in between(root, **clusters)]


def test_clusters_of_several_networks_with_a_gateway_each_have_no_contradiction(tmp_path: Path) -> None:
    assert said(tmp_path, one=in_mesh(), two=in_mesh(network="n2"), three=in_mesh(network="n2")) == []


def test_a_cluster_without_mesh_and_topology_is_no_member(tmp_path: Path) -> None:
    assert members(tmp_path, one=member()) == []


def test_a_member_is_the_same_after_it_was_kept(tmp_path: Path) -> None:
    found = members(tmp_path, ext=external(), cfg=CONFIG, one=in_mesh())
    assert len(found) == 3
    assert [member_from_json(json.loads(json.dumps(one.as_json()))) for one in found] == found


def test_two_clusters_of_one_name_in_a_mesh_contradict(tmp_path: Path) -> None:
    assert said(tmp_path, one=in_mesh(), two=in_mesh(NAMED)) == [("MR314", "two", "one")]
    assert said(tmp_path, one=in_mesh(), two=member(in_mesh(NAMED).specs, meshID="other")) == []


def test_an_external_istiod_is_called_like_its_config_cluster_and_contradicts_nothing(tmp_path: Path) -> None:
    assert [one for one in said(tmp_path, ext=external(), cfg=CONFIG, more=SECOND) if one[0] == "MR314"] == []


def test_a_network_without_a_gateway_is_told_once(tmp_path: Path) -> None:
    lonely = in_mesh(network="n2", topology="{address: 203.0.113.9}")
    assert said(tmp_path, one=in_mesh(), two=lonely, three=lonely) == [("MR315", "three", "one")]


@pytest.mark.parametrize(
    "there",
    [
        in_mesh(network="n1", topology="{address: 203.0.113.9}"),
        in_mesh(
            network="n2",
            topology="",
            specs=document("v1", "Service", "ew", "topology.istio.io/network: n2", namespace="istio-system", spec="{}"),
        ),
    ],
    ids=["on the same network", "passed through"],
)
def test_a_network_with_a_gateway_that_is_passed_through_is_no_contradiction(tmp_path: Path, there: Member) -> None:
    assert said(tmp_path, one=in_mesh(), two=there) == []


def test_networks_of_a_mesh_without_any_topology_are_left_to_others(tmp_path: Path) -> None:
    assert said(tmp_path, one=in_mesh(topology=""), two=in_mesh(topology="", network="n2")) == []


def trust(domain: str, *aliases: str) -> Member:
    return in_mesh(f"{{meshConfig: {{trustDomain: {domain}, trustDomainAliases: [{', '.join(aliases)}]}}}}")


@pytest.mark.parametrize(
    ("one", "two", "contradicts"),
    [
        (trust("a.example"), trust("a.example"), False),
        (trust("a.example"), trust("b.example"), True),
        (in_mesh(), trust("cluster.local"), False),
        (in_mesh(), trust("b.example"), True),
        (trust("a.example", "b.example"), trust("b.example", "a.example"), False),
        (trust("a.example", "b.example"), trust("b.example"), True),
    ],
)
def test_clusters_of_a_mesh_have_one_trust_domain_or_aliases_for_each_other(
    tmp_path: Path, one: Member, two: Member, contradicts: bool
) -> None:
    assert said(tmp_path, one=one, two=two) == ([("MR316", "two", "one")] if contradicts else [])


def test_clusters_of_a_mesh_have_one_root_in_whatever_letters(tmp_path: Path) -> None:
    def root(text: str) -> Member:
        return in_mesh(topology=f"{{gateway: {{}}, rootCertificate: '{text}'}}")

    same = said(tmp_path, one=root("ab" * 32), two=root(":".join(["AB"] * 32)), three=in_mesh())
    assert same == []
    assert said(tmp_path, one=root("ab" * 32), two=root("cd" * 32)) == [("MR316", "two", "one")]


def remote(version: str, strategy: str = "RevisionBased") -> Member:
    return member(istio(version, strategy=strategy), meshID="m", topology="{role: remote, controlPlane: one}")


def test_a_remote_whose_control_plane_lacks_its_revision_contradicts_it(tmp_path: Path) -> None:
    primary = member(istio("v1.30.3"), meshID="m", topology="{address: 203.0.113.7}")
    assert said(tmp_path, one=primary, two=remote("v1.30.3")) == []
    (found,) = between(tmp_path, one=primary, two=remote("v1.30.1"))
    assert (found.code, found.here.cluster, found.there.cluster) == ("MR313", "two", "one")
    assert found.message.startswith(
        "revision default-v1-30-1 in istio-system asks an istiod of that name in one ({there}), which has none there"
    )


def test_a_remote_in_another_namespace_than_its_istiod_contradicts_it(tmp_path: Path) -> None:
    primary = member(istio("v1.30.3", strategy="InPlace"), meshID="m", topology="{address: 203.0.113.7}")
    text = istio("v1.30.3", strategy="InPlace", namespace="mesh")
    two = member(text, meshID="m", topology="{role: remote, controlPlane: one}")
    assert said(tmp_path, one=primary, two=two) == [("MR313", "two", "one")]

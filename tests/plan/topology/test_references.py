"""What a topology names and the fleet does not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.messages import field_text
from tests.plan.topology.test_values import CONFIG, EXTERNAL, PRIMARY, SECOND, external
from tests.support.builders import istio
from tests.support.fleets.mesh import Member, member, mesh_plans

ADDRESSED = istio("v1.30.3", strategy="InPlace", values="{global: {remotePilotAddress: a.example}}")


def remote_of(name: str, specs: str = istio("v1.30.3", strategy="InPlace"), **spec: str) -> Member:
    return member(specs, topology=f"{{role: remote, controlPlane: {name}}}", **spec)


@pytest.mark.parametrize(
    ("members", "name", "field", "message"),
    [
        ({"two": remote_of("on")}, "two", "controlPlane", "there is no cluster on in this fleet"),
        (
            {"one": member(topology="{role: primary}"), "two": remote_of("one")},
            "two",
            "controlPlane",
            "one (overlays/one/cluster.yaml) says no spec.topology.address, and revision default has neither",
        ),
        (
            {"one": PRIMARY, "two": remote_of("one"), "three": remote_of("two", ADDRESSED)},
            "three",
            "controlPlane",
            "two (overlays/two/cluster.yaml) is a remote itself",
        ),
        (
            {"one": PRIMARY, "two": member(topology="{role: remote, controlPlane: one, configCluster: true}")},
            "two",
            "configCluster",
            "one (overlays/one/cluster.yaml) is a primary, which has the configuration of the mesh itself",
        ),
        ({"ext": external()}, "ext", "serves[0].configCluster", "there is no cluster cfg in this fleet"),
        (
            {"ext": external(), "cfg": SECOND},
            "ext",
            "serves[0].configCluster",
            "cfg (overlays/cfg/cluster.yaml) is not a remote with spec.topology.configCluster",
        ),
        (
            {"ext": external(), "cfg": SECOND},
            "cfg",
            "configCluster",
            "ext (overlays/ext/cluster.yaml) says that cfg is the config cluster of external-istiod",
        ),
        (
            {"ext": member(**external().spec), "cfg": CONFIG},
            "ext",
            "serves[0].istio",
            "this cluster has no Istio external-istiod",
        ),
        (
            {"ext": external(), "cfg": CONFIG, "two": remote_of("ext")},
            "two",
            "controlPlane",
            "ext (overlays/ext/cluster.yaml) has no Istio default that serves another cluster",
        ),
    ],
)
def test_what_is_not_there_is_an_error_at_the_field_that_names_it(
    tmp_path: Path, members: dict[str, Member], name: str, field: str, message: str
) -> None:
    found = [one for one in mesh_plans(tmp_path, **members)[name].problems if one.code == "MR311"]
    assert [field_text(one.path) for one in found] == [f"spec.topology.{field}"]
    assert found[0].message.startswith(message)
    assert found[0].severity == "error"


@pytest.mark.parametrize("values", [{"specs": ADDRESSED}])
def test_an_address_among_the_values_is_enough(tmp_path: Path, values: dict[str, str]) -> None:
    plans = mesh_plans(tmp_path, one=member(), two=remote_of("one", **values))
    assert [one.code for one in plans["two"].problems] == []


def test_a_fleet_in_which_everything_is_there_has_none(tmp_path: Path) -> None:
    both = member(EXTERNAL, **external().spec)
    plans = mesh_plans(tmp_path, ext=both, cfg=CONFIG, more=SECOND, one=PRIMARY, two=remote_of("one"))
    assert [one.code for plan in plans.values() for one in plan.problems] == []

"""Which moves a cluster is in."""

from __future__ import annotations

from render.hazards.upgrades import EVERYTHING, crossings, planned_moves
from tests.support.builders import istio, istio_revision, node_agent
from tests.support.cluster_plan import inventory_of, plan


def test_an_istio_moves_from_each_revision_that_is_still_there() -> None:
    first = inventory_of(plan(istio("v1.23.4")))
    second = inventory_of(plan(istio("v1.24.3"), first))
    planned = plan(istio("v1.25.2"), second)
    found = crossings(planned, second)
    assert [(one.from_version, one.to_version, one.before, one.revision) for one in found] == [
        ("v1.23.4", "v1.25.2", "default-v1-23-4", "default-v1-25-2"),
        ("v1.24.3", "v1.25.2", "default-v1-24-3", "default-v1-25-2"),
    ]
    assert not any(one.in_place for one in found)
    assert found[0].title == "Istio/default v1.23.4 -> v1.25.2"


def test_a_revision_moves_in_place_from_what_the_tree_has() -> None:
    before = inventory_of(plan(istio("v1.24.2", strategy="InPlace")))
    planned = plan(istio("v1.24.3", strategy="InPlace"), before)
    [found] = crossings(planned, before)
    assert (found.from_version, found.to_version, found.revision, found.in_place) == (
        "v1.24.2",
        "v1.24.3",
        "default",
        True,
    )
    assert crossings(planned, inventory_of(planned)) == []


def test_what_is_new_does_not_move() -> None:
    assert crossings(plan(istio("v1.24.3"))) == []


def test_revisions_without_an_istio_move_to_the_newest_of_their_namespace() -> None:
    text = istio_revision("a", "v1.23.4") + istio_revision("b", "v1.24.3") + istio_revision("c", "v1.23.0", "another")
    [found] = crossings(plan(text))
    assert (found.before, found.revision, found.title) == ("a", "b", "IstioRevision/b v1.23.4 -> v1.24.3")


def test_a_node_agent_moves_by_itself_where_it_is_in_the_specs() -> None:
    agent = node_agent("IstioCNI", "v1.24.3")
    before = inventory_of(plan(istio("v1.23.4") + agent))
    planned = plan(istio("v1.24.3") + agent, before)
    control_plane, cni = crossings(planned, before, {"cni": "v1.23.2"})
    assert control_plane.components == EVERYTHING - {"cni"}
    assert (cni.components, cni.from_version, cni.title) == ({"cni"}, "v1.23.2", "IstioCNI v1.23.2 -> v1.24.3")
    assert len(crossings(planned, before, {"cni": "v1.24.3"})) == 1


def test_a_move_that_nobody_made_names_the_revision_that_would_come() -> None:
    [beside] = planned_moves(plan(istio("v1.24.3")), "v1.24.3", "v1.26.1")
    assert (beside.before, beside.revision) == ("default-v1-24-3", "default-v1-26-1")
    [in_place] = planned_moves(plan(istio("v1.24.3", strategy="InPlace")), "v1.24.3", "v1.26.1")
    assert in_place.in_place

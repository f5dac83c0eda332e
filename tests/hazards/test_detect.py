"""What is shown of a move's hazards, and what is left for people."""

from __future__ import annotations

from render.hazards.data import hazards
from render.hazards.detect import Detection, elsewhere, hazards_of_move, questions
from render.hazards.facts import Facts, facts
from render.hazards.upgrades import crossings
from tests.support.builders import document, istio, istio_revision, node_agent, tag
from tests.support.cluster_plan import inventory_of, plan

GATEWAY = document(
    "gateway.networking.k8s.io/v1", "Gateway", "public", namespace="infra", spec="{gatewayClassName: istio}"
)


def moved(start: str, target: str, more: str = "") -> Facts:
    before = inventory_of(plan(istio(start) + more))
    planned = plan(istio(target) + more, before)
    return facts(planned, crossings(planned, before)[0])


def found(known: Facts, hazard: str) -> list[Detection]:
    return [one for one in hazards_of_move(known) if one.hazard.id == hazard]


def test_a_finding_says_the_move_the_hazard_and_what_to_do_first() -> None:
    [one] = found(moved("v1.24.2", "v1.25.1", GATEWAY), "gateway-without-owner")
    assert one.problem.severity == "warning"
    assert one.problem.path == ("metadata", "name")
    assert one.problem.message.startswith("v1.24.2 -> v1.25.1 comes with gateway-without-owner (outage): Kubernetes ")
    assert "First: Label every Gateway" in one.problem.message


def test_a_fault_of_a_release_is_a_warning_unless_the_move_leaves_it() -> None:
    [left] = found(moved("v1.26.5", "v1.27.2"), "cve-2025-002")
    [kept] = found(moved("v1.26.4", "v1.26.5"), "cve-2025-002")
    assert (left.meeting, left.problem.severity) == ("leaves", "info")
    assert (kept.meeting, kept.problem.severity) == ("stays with", "warning")


def test_a_default_revision_that_nothing_moves_leaves_its_gateways_alone() -> None:
    pinned = tag("default", "other", "IstioRevision") + istio_revision("other", "v1.24.2", "elsewhere")
    assert not found(moved("v1.25.1", "v1.26.1", GATEWAY + pinned), "gateway-owner-change-outage")
    assert found(moved("v1.25.1", "v1.26.1", GATEWAY), "gateway-owner-change-outage")


def test_the_hazards_of_a_node_agent_wait_for_its_own_move() -> None:
    agent = node_agent("IstioCNI", "v1.24.4")
    assert not found(moved("v1.24.4", "v1.25.1", agent), "cni-blocks-own-upgrade")


def test_questions_are_what_files_cannot_show_the_shortest_first() -> None:
    known = moved("v1.23.4", "v1.24.2", GATEWAY)
    asked = questions(hazards("v1.23.4", "v1.24.2"), known)
    assert [one.id for one in asked][:2] == ["kubernetes-min-1-24", "inbound-retry-on-reset"]
    lengths = [len(one.question) for one in asked]
    assert lengths == sorted(lengths)
    assert not {one.id for one in asked} & {one.hazard.id for one in hazards_of_move(known)}


def test_kinds_of_which_files_hold_none_are_named() -> None:
    between = hazards("v1.24.2", "v1.25.1")
    assert "gateway-without-owner" in [one.id for one in elsewhere(between, moved("v1.24.2", "v1.25.1"))]
    ids = [one.id for one in elsewhere(between, moved("v1.24.2", "v1.25.1", GATEWAY))]
    assert "gateway-without-owner" not in ids
    assert "wasm-fail-close" in ids
    assert "include-inbound-empty" not in ids  # the control plane's values can show it too

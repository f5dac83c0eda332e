"""How the tree gets to its controller."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from render.lint.registry import problems
from render.lint.rules.delivery import destination, same_destination
from render.messages import field_text
from render.specs.kinds import ClusterHandover, Fleet
from tests.support.builders import document, istio, namespace, node_agent
from tests.support.cluster_plan import fleet
from tests.support.lint_view import Situation, places

URL = {"repoURL": "https://git.example.com/mesh.git"}
REMOTE = {
    "version": "v1.30.3",
    "strategy": "InPlace",
    "profile": "remote",
    "values": "{istiodRemote: {injectionPath: /inject/cluster/c/net/n}, global: {remotePilotAddress: %s}}",
}


def test_argo_cd_without_a_repository_is_told_of() -> None:
    assert places("MR160", "", fleet=fleet(delivery={"type": "argocd"})) == ["info Fleet/f spec.delivery.repoURL"]
    assert places("MR160", "", cluster={"delivery": "argocd"}) == ["info Fleet/f spec.delivery.repoURL"]


@pytest.mark.parametrize("delivery", [{"type": "argocd", **URL}, {"type": "flux"}, {"type": "none"}])
def test_who_needs_no_repository_is_told_nothing(delivery: dict[str, str]) -> None:
    assert places("MR160", "", fleet=fleet(delivery=delivery)) == []


def rolling(operator: str = "In", *values: str) -> Fleet:
    match = [{"key": "env", "operator": operator, "values": list(values)}]
    return fleet(delivery={"type": "argocd", **URL, "rollingSync": {"steps": [{"matchExpressions": match}]}})


@pytest.mark.parametrize(
    ("labels", "operator", "is_left"),
    [
        ({"env": "prod"}, "In", False),
        ({"env": "dev"}, "In", True),
        ({}, "In", True),
        ({"env": "prod"}, "NotIn", True),
        ({"env": "dev"}, "NotIn", False),
        ({}, "NotIn", False),
    ],
)
def test_a_cluster_that_no_step_selects_is_told_of(labels: dict[str, str], operator: str, is_left: bool) -> None:
    found = places("MR181", "", fleet=rolling(operator, "prod"), cluster={"labels": labels})
    assert found == (["warning Cluster/c metadata.labels"] if is_left else [])


def test_without_steps_or_without_argo_cd_nothing_is_left_out() -> None:
    assert places("MR181", "", fleet=fleet(delivery={"type": "argocd", **URL})) == []
    assert places("MR181", "", fleet=rolling("In", "prod"), cluster={"delivery": "none"}) == []


def test_a_control_plane_by_its_address_has_endpoints_that_argo_cd_leaves_out() -> None:
    def found(host: str, delivery: str) -> list[str]:
        text = istio(**{**REMOTE, "values": REMOTE["values"] % host})
        return places("MR182", text, fleet=fleet(delivery={"type": delivery}))

    assert found("10.1.2.3", "argocd") == ["error Istio/default spec.values.global.remotePilotAddress"]
    assert found("10.1.2.3", "flux") == []
    assert found("istiod.example.com", "argocd") == []


def test_endpoints_of_ones_own_are_told_of_too() -> None:
    own = document("v1", "Endpoints", "e", namespace="a", subsets="[{addresses: [{ip: 10.0.0.1}]}]")
    assert places("MR182", own, fleet=fleet(delivery={"type": "argocd"})) == ["warning Endpoints/a/e "]


@pytest.mark.parametrize(
    ("ref", "is_short"),
    [("HEAD", False), ("refs/heads/main", False), ("a1" * 20, False), ("main", True), ("release/1", True)],
)
def test_a_short_name_of_a_branch_or_tag_is_told_of(ref: str, is_short: bool) -> None:
    found = places("MR189", "", fleet=fleet(delivery={"type": "argocd", **URL, "targetRevision": ref}))
    assert found == (["info Fleet/f spec.delivery.targetRevision"] if is_short else [])


def test_two_clusters_of_one_destination_are_an_error_at_the_second() -> None:
    def brought(name: str, **cluster: Any) -> Any:
        found = destination(Situation("", fleet=fleet(delivery={"type": "argocd"}), cluster=cluster).view())
        return found._replace(cluster=name) if found else None

    to_c = ClusterHandover(destination="c")
    assert brought("other", delivery="flux") is None
    found = list(same_destination([brought("c"), brought("b", handover=ClusterHandover(destination="b"))]))
    assert found == []
    (found_again,) = same_destination([brought("a", handover=to_c), brought("c")])
    assert (found_again.cluster, field_text(found_again.violation.path)) == ("c", "metadata.name")
    (found_again,) = same_destination([brought("c"), brought("a", handover=to_c)])
    assert (found_again.cluster, field_text(found_again.violation.path)) == ("a", "spec.delivery.destination")


@pytest.mark.parametrize(("label", "severity"), [("team", "warning"), ("pod-security.kubernetes.io/enforce", "error")])
def test_labels_that_go_with_the_form_of_namespaces_are_told_of(label: str, severity: str) -> None:
    situation = Situation(
        istio() + namespace("shop", "istio-injection: enabled"), fleet=fleet(delivery={"type": "flux"})
    )
    looked = situation.view()
    before = replace(looked.before, others={"shop": (label,)})
    (found,) = [one for one in problems(replace(looked, before=before)) if one.code == "MR184"]
    assert (found.severity, found.resource.title) == (severity, "Namespace/shop")
    assert [one for one in problems(looked) if one.code == "MR184"] == []


AMBIENT = istio(profile="ambient") + node_agent("IstioCNI", profile="ambient") + node_agent("ZTunnel")


@pytest.mark.parametrize("left", [istio(profile="ambient"), istio()])
def test_a_node_agent_that_goes_before_or_with_the_last_that_needs_it_is_refused(left: str) -> None:
    of = fleet(delivery={"type": "flux"})
    assert places("MR185", left, AMBIENT, fleet=of) == ["error Cluster/c "] * 2
    assert places("MR185", AMBIENT, AMBIENT, fleet=of) == []
    assert places("MR185", left, AMBIENT, fleet=fleet(delivery={"type": "none"})) == []


def test_a_node_agent_that_nothing_needed_may_go() -> None:
    agents = node_agent("IstioCNI") + node_agent("ZTunnel")
    assert places("MR185", istio(), istio() + agents, fleet=fleet(delivery={"type": "flux"})) == []


@pytest.mark.parametrize(
    ("delivery", "version", "is_old"),
    [
        ("flux", "2.8.1", True),
        ("flux", "v2.9", False),
        ("flux", "2.10.0", False),
        ("argocd", "3.1.9", True),
        ("argocd", "v3.2.0", False),
    ],
)
def test_a_controller_that_does_not_understand_what_is_rendered_is_told_of(
    delivery: str, version: str, is_old: bool
) -> None:
    of = fleet(delivery={"type": delivery, **({} if delivery == "flux" else URL), "minimumVersion": version})
    assert places("MR186", "", fleet=of) == (["error Fleet/f spec.delivery.minimumVersion"] if is_old else [])
    own = ClusterHandover(minimum_version="2.1")
    assert places("MR186", "", fleet=of, cluster={"handover": own}) == ["error Cluster/c spec.delivery.minimumVersion"]


@pytest.mark.parametrize(
    ("delivery", "platform", "is_told"),
    [("flux", "aks", True), ("flux", "gke", False), ("argocd", "aks", False), ("none", "aks", False)],
)
def test_selectors_that_aks_and_flux_write_in_turn_are_told_of(delivery: str, platform: str, is_told: bool) -> None:
    of = fleet(delivery={"type": delivery})
    found = places("MR187", istio(), fleet=of, cluster={"platform": platform})
    assert found == (["info Cluster/c spec.platform"] if is_told else [])


def test_webhooks_that_aks_was_told_to_leave_alone_are_not_told_of() -> None:
    switch = '{sidecarInjectorWebhookAnnotations: {admissions.enforcer/disabled: "%s"}}'
    of, on_aks = fleet(delivery={"type": "flux"}), {"platform": "aks"}
    assert places("MR187", istio(values=switch % "true"), fleet=of, cluster=on_aks) == []
    assert places("MR187", istio(values=switch % "false"), fleet=of, cluster=on_aks) != []

"""Rules on the labels of namespaces and workloads: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from render.specs.kinds import ClusterHandover, Fleet
from tests.support.builders import document, istio, istio_revision, namespace, node_agent, tag
from tests.support.cluster_plan import fleet
from tests.support.lint_view import observed, places, said

MESH = istio("v1.24.3") + tag("default") + istio_revision("old", "v1.23.5")
ARGOCD, FLUX, NOBODY = (fleet(delivery={"type": name}) for name in ("argocd", "flux", "none"))


def shop(*labels: str) -> str:
    """The mesh and a namespace with these labels."""
    return MESH + namespace("shop", *labels)


def workload(*labels: str, kind: str = "Deployment", of_namespace: tuple[str, ...] = ()) -> str:
    spec = f"{{template: {{metadata: {{labels: {{{', '.join(labels)}}}}}}}}}"
    return shop(*of_namespace) + document("apps/v1", kind, "web", namespace="shop", spec=spec)


ENABLED, REVISION, AMBIENT = "istio-injection: enabled", "istio.io/rev: old", "istio.io/dataplane-mode: ambient"
BOTH = 'Namespace/shop metadata.labels["istio.io/rev"]'


# MR101


def test_two_injection_labels_that_lead_apart_are_an_error() -> None:
    (line,) = said("MR101", shop(ENABLED, REVISION))
    assert line.startswith(f"error {BOTH}: has both injection labels. istio-injection wins, and means the default ")
    assert "(default-v1-24-3): istio.io/rev: old has no effect" in line


def test_two_injection_labels_that_lead_to_one_revision_are_a_warning() -> None:
    assert places("MR101", shop(ENABLED, "istio.io/rev: default-v1-24-3")) == [f"warning {BOTH}"]
    assert places("MR101", shop(ENABLED, "istio.io/rev: default")) == [f"warning {BOTH}"]


def test_a_revision_beside_disabled_injection_is_told_of() -> None:
    (line,) = said("MR101", shop("istio-injection: disabled", REVISION))
    assert "its pods get no proxy, while old counts as in use" in line
    assert line.startswith("warning")


@pytest.mark.parametrize("label", [ENABLED, REVISION])
def test_a_sidecar_label_beside_ambient_is_told_of(label: str) -> None:
    place = 'warning Namespace/shop metadata.labels["istio.io/dataplane-mode"]'
    assert places("MR101", shop(label, AMBIENT)) == [place]


@pytest.mark.parametrize(
    "labels",
    [
        (ENABLED,),
        (REVISION,),
        (AMBIENT,),
        ("istio-injection: disabled", AMBIENT),
        (ENABLED, "istio.io/dataplane-mode: none"),
    ],
)
def test_one_label_that_decides_is_fine(labels: tuple[str, ...]) -> None:
    assert said("MR101", shop(*labels)) == []


# MR102


def test_a_label_that_was_delivered_and_is_gone_may_stay_in_the_cluster() -> None:
    (line,) = said("MR102", shop(REVISION), shop(ENABLED), fleet=ARGOCD)
    assert line.startswith("error Namespace/shop metadata.labels: was delivered with istio-injection: enabled")
    assert (
        "Argo CD removes a label only where nobody else set it: otherwise it stays and wins over istio.io/rev" in line
    )


def test_a_revision_label_that_is_gone_goes_on_injecting() -> None:
    (line,) = said("MR102", shop(), shop(REVISION), fleet=FLUX)
    assert "Flux removes a label only where nobody else set it: otherwise it stays and injects" in line


@pytest.mark.parametrize("now", [ENABLED, "istio-injection: disabled"])
def test_a_label_that_only_changes_is_applied(now: str) -> None:
    assert said("MR102", shop(now), shop(ENABLED, REVISION), fleet=ARGOCD) == []


def test_a_revision_label_that_changes_is_applied() -> None:
    assert said("MR102", shop("istio.io/rev: default"), shop(REVISION), fleet=ARGOCD) == []


def test_where_nothing_is_delivered_no_delivery_fails() -> None:
    assert said("MR102", shop(REVISION), shop(ENABLED), fleet=NOBODY) == []


def test_the_clusters_own_delivery_counts_before_the_fleets() -> None:
    assert places("MR102", shop(REVISION), shop(ENABLED), fleet=NOBODY, cluster={"delivery": "argocd"})
    assert said("MR102", shop(REVISION), shop(ENABLED), fleet=ARGOCD, cluster={"delivery": "none"}) == []


LIVE = """
kind: Namespace
metadata:
  name: shop
  labels: {{istio-injection: enabled}}
  managedFields:
  - manager: {manager}
    operation: {operation}
    fieldsV1: {{"f:metadata": {{"f:labels": {{"f:istio-injection": {{}}}}}}}}
"""
APPLIED = observed(LIVE.format(manager="argocd-controller", operation="Apply"))


def test_a_label_that_somebody_set_in_the_cluster_is_found_by_an_observation() -> None:
    by_hand = observed(LIVE.format(manager="kubectl-label", operation="Update"))
    (line,) = said("MR102", shop(REVISION), shop(REVISION), fleet=ARGOCD, observation=by_hand)
    assert "has, as observed, istio-injection: enabled" in line


def test_a_label_that_the_deliverer_alone_owns_is_removed_by_it() -> None:
    assert said("MR102", shop(REVISION), shop(ENABLED), fleet=ARGOCD, observation=APPLIED) == []
    assert said("MR102", shop(REVISION), shop(ENABLED), fleet=FLUX, observation=APPLIED) != []


def test_a_label_that_is_gone_from_the_cluster_is_no_trouble() -> None:
    gone = observed("kind: Namespace\nmetadata: {name: shop}\n")
    assert said("MR102", shop(REVISION), shop(ENABLED), fleet=ARGOCD, observation=gone) == []


BY_HAND = observed(LIVE.format(manager="kubectl-label", operation="Update"))


def whole(controller: str) -> Fleet:
    return fleet(delivery={"type": controller, "namespaces": "manifest"})


def test_in_a_namespace_that_is_whole_here_only_what_was_seen_is_an_error() -> None:
    moved = shop(REVISION), shop(ENABLED)
    (line,) = said("MR102", *moved, fleet=whole("argocd"))
    assert line.startswith("warning Namespace/shop metadata.labels: was delivered with istio-injection: enabled")
    (line,) = said("MR102", *moved, fleet=whole("argocd"), observation=BY_HAND)
    assert line.startswith("error Namespace/shop")
    assert "and kubectl-label did: so it stays and wins over istio.io/rev" in line
    assert "remove it by hand" in line


def test_flux_takes_away_what_was_set_by_hand_where_the_namespace_is_whole_here() -> None:
    assert said("MR102", shop(REVISION), shop(ENABLED), fleet=whole("flux"), observation=BY_HAND) == []


# MR106

PATCHES = fleet(delivery={"type": "argocd", "namespaces": "patch"})


def test_a_label_that_a_patch_removes_is_left_to_the_namespaces_owner() -> None:
    (line,) = said("MR106", shop(REVISION), shop(ENABLED), fleet=PATCHES, observation=BY_HAND)
    assert line.startswith("info Namespace/shop metadata.labels: has, as observed, istio-injection: enabled, which")
    assert "it goes once the namespace's owner has taken in the patch" in line
    assert said("MR102", shop(REVISION), shop(ENABLED), fleet=PATCHES) == []


def test_a_cluster_that_delivers_patches_where_its_fleet_applies_has_an_owner_to_ask() -> None:
    own = {"handover": ClusterHandover(namespaces="patch")}
    moved = shop(REVISION), shop(ENABLED)
    assert places("MR106", *moved, fleet=ARGOCD, cluster=own) == ["info Namespace/shop metadata.labels"]
    assert said("MR102", *moved, fleet=ARGOCD, cluster=own) == []


@pytest.mark.parametrize("now", [ENABLED, "istio-injection: disabled"])
def test_a_patch_that_removes_nothing_needs_no_note(now: str) -> None:
    assert said("MR106", shop(now), shop(ENABLED), fleet=PATCHES) == []
    assert said("MR106", shop(REVISION), shop(ENABLED), fleet=ARGOCD) == []


# MR103


def test_a_namespace_that_no_label_speaks_of_is_noted() -> None:
    assert places("MR103", shop("team: a")) == ["info Namespace/shop metadata.labels"]
    assert places("MR103", shop('istio-injection: ""')) == ["info Namespace/shop metadata.labels"]


@pytest.mark.parametrize("label", [ENABLED, "istio-injection: disabled", REVISION, AMBIENT])
def test_a_namespace_whose_label_decides_is_not_noted(label: str) -> None:
    assert said("MR103", shop(label)) == []


@pytest.mark.parametrize("name", ["istio-system", "kube-system", "istio-cni"])
def test_namespaces_of_the_mesh_and_the_system_need_no_label(name: str) -> None:
    assert said("MR103", MESH + namespace(name) + node_agent("IstioCNI", "v1.24.3")) == []


def test_where_every_namespace_is_injected_none_needs_a_label() -> None:
    everywhere = istio("v1.24.3", values="{sidecarInjectorWebhook: {enableNamespacesByDefault: true}}")
    assert said("MR103", everywhere + tag("default") + namespace("shop")) == []


# MR104


@pytest.mark.parametrize("value", ['"true"', '"on"', "Enabled"])
def test_a_value_that_reads_like_on_and_is_off_is_told_of(value: str) -> None:
    (line,) = said("MR104", shop(f"istio-injection: {value}"))
    assert line.startswith("warning Namespace/shop metadata.labels.istio-injection: ")
    assert f"{value.strip(chr(34))} means disabled" in line


def test_an_empty_revision_is_told_of() -> None:
    (line,) = said("MR104", shop('istio.io/rev: ""'))
    assert "is empty, which no revision or tag serves" in line


@pytest.mark.parametrize("label", [ENABLED, "istio-injection: disabled", REVISION])
def test_a_value_that_istio_knows_is_fine(label: str) -> None:
    assert said("MR104", shop(label)) == []


# MR105


def test_a_workload_that_follows_nobody_is_told_of() -> None:
    (line,) = said("MR105", workload("istio.io/rev: nosuch"))
    assert line.startswith('warning Deployment/shop/web spec.template.metadata.labels["istio.io/rev"]: asks for nosuch')
    assert "(served: default, default-v1-24-3, old)" in line


def test_a_workload_that_asks_for_a_default_that_is_not_there_is_told_of() -> None:
    text = workload('sidecar.istio.io/inject: "true"', kind="StatefulSet")
    assert said("MR105", text) == []
    without = text.replace("metadata: {name: default}\nspec: {targetRef", "metadata: {name: stable}\nspec: {targetRef")
    (line,) = said("MR105", without)
    assert 'StatefulSet/shop/web spec.template.metadata.labels["sidecar.istio.io/inject"]: asks for default' in line


@pytest.mark.parametrize("decides", [ENABLED, REVISION, "istio-injection: disabled"])
def test_a_workload_whose_namespace_decides_is_not_asked(decides: str) -> None:
    assert said("MR105", workload("istio.io/rev: nosuch", of_namespace=(decides,))) == []


def test_a_workload_that_follows_somebody_or_refuses_is_fine() -> None:
    assert said("MR105", workload("istio.io/rev: old")) == []
    assert said("MR105", workload("istio.io/rev: nosuch", 'sidecar.istio.io/inject: "false"')) == []

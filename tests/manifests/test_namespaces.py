"""Namespaces in their three forms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.manifests.bundle import Bundle
from render.manifests.cluster import bundles
from render.manifests.namespaces import _with_options
from render.specs.kinds import ClusterHandover, Delivery, NamespaceForm
from tests.support.cluster_plan import plan

SHOP = """
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled, team: shop}
  annotations: {%s}
---
apiVersion: v1
kind: Namespace
metadata: {name: etl, labels: {team: data}}
---
"""
NEVER = "Prune=false,Delete=false,ServerSideApply=true"


def made(text: str, form: NamespaceForm, delivery: Delivery = "none") -> list[Bundle]:
    return list(bundles(plan(text, delivery=delivery, handover=ClusterHandover(namespaces=form))))


def objects(form: NamespaceForm, delivery: Delivery = "none", annotations: str = "owner: shop") -> dict[str, Any]:
    """Each namespace's metadata as it is written, by name."""
    found = {}
    for manifest in [one for bundle in made(SHOP % annotations, form, delivery) for one in bundle.manifests]:
        metadata = json.loads(manifest.json)["metadata"]
        if manifest.annotations:
            metadata["annotations"] = dict(manifest.annotations) | metadata.get("annotations", {})
        found[metadata.pop("name")] = metadata
    return found


def test_applied_they_have_their_injection_labels_alone() -> None:
    assert objects("apply") == {"shop": {"labels": {"istio-injection": "enabled"}}}


@pytest.mark.parametrize("delivery", ["none", "argocd", "flux"])
def test_a_patch_states_both_labels_and_nothing_else_whoever_delivers(delivery: Delivery) -> None:
    assert [(bundle.folder, bundle.role) for bundle in made(SHOP % "", "patch", delivery)] == [
        ("namespaces/etl", "component"),
        ("namespaces/shop", "component"),
    ]
    assert objects("patch", delivery) == {
        "etl": {"labels": {"istio-injection": None, "istio.io/rev": None}},
        "shop": {"labels": {"istio-injection": "enabled", "istio.io/rev": None}},
    }


def test_a_manifest_is_the_whole_namespace() -> None:
    assert objects("manifest") == {
        "etl": {"labels": {"team": "data"}},
        "shop": {"labels": {"istio-injection": "enabled", "team": "shop"}, "annotations": {"owner": "shop"}},
    }


@pytest.mark.parametrize("form", ["apply", "manifest"])
def test_argo_cd_never_prunes_them(form: NamespaceForm) -> None:
    for metadata in objects(form, "argocd").values():
        assert metadata["annotations"]["argocd.argoproj.io/sync-options"] == NEVER
        assert metadata["annotations"]["argocd.argoproj.io/compare-options"] == "IgnoreExtraneous"
        assert metadata["annotations"]["argocd.argoproj.io/sync-wave"] == "10"


@pytest.mark.parametrize(("form", "merged"), [("apply", "Merge"), ("manifest", None)])
def test_flux_never_prunes_them_and_keeps_what_others_set_only_beside_the_owner(
    form: NamespaceForm, merged: str | None
) -> None:
    for metadata in objects(form, "flux").values():
        assert metadata["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
        assert metadata["annotations"].get("kustomize.toolkit.fluxcd.io/ssa") == merged


def test_an_annotation_of_its_own_makes_no_namespace_prunable_or_missed() -> None:
    own = "argocd.argoproj.io/sync-options: 'Prune=true, Validate=false'"
    options = objects("manifest", "argocd", own)["shop"]["annotations"]["argocd.argoproj.io/sync-options"]
    assert options == f"Validate=false,{NEVER}"
    own = "argocd.argoproj.io/compare-options: 'IncludeMutationWebhook=true'"
    options = objects("manifest", "argocd", own)["shop"]["annotations"]["argocd.argoproj.io/compare-options"]
    assert options == "IncludeMutationWebhook=true,IgnoreExtraneous"
    own = "kustomize.toolkit.fluxcd.io/prune: enabled, kustomize.toolkit.fluxcd.io/ssa: Merge"
    annotations = objects("manifest", "flux", own)["shop"]["annotations"]
    assert annotations["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
    assert annotations["kustomize.toolkit.fluxcd.io/ssa"] == "Merge"


@given(
    st.lists(st.sampled_from(["Prune=true", "Delete=confirm", "Prune=false", "Validate=false", " Replace=true", ""]))
)
def test_whatever_options_it_has_those_that_keep_it_win(own: list[str]) -> None:
    options = [option.partition("=") for option in _with_options(",".join(own), NEVER).split(",")]
    assert [value for name, _, value in options if name in ("Prune", "Delete")] == ["false", "false"]
    assert {name for name, _, _ in options} <= {"Prune", "Delete", "ServerSideApply", "Validate", "Replace"}


def test_a_cluster_whose_namespaces_have_no_label_applies_none() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: etl}\n"
    assert [bundle.folder for bundle in made(text, "apply", "argocd")] == []
    assert [bundle.folder for bundle in made(text, "manifest", "argocd")] == ["namespaces"]

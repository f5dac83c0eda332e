"""What Flux is given: a Kustomization for each folder, in the order in which they are needed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.manifests.flux import kustomizations
from render.plan.cluster import ClusterPlan
from render.specs.kinds import ClusterHandover, Fleet
from tests.manifests.test_cluster import CNI, ZTUNNEL
from tests.support.builders import istio, namespace, tag
from tests.support.cluster_plan import fleet, inventory_of, plan
from tests.support.crd_schemas import KUSTOMIZATION, needs_crds, refused

OLD, NEW = "revisions/default-v1-24-2", "revisions/default-v1-24-3"


def flux(**delivery: Any) -> Fleet:
    return fleet(delivery={"type": "flux", **delivery})


def pinned(name: str) -> str:
    return tag(name, "default-v1-24-2", "IstioRevision")


def both_revisions(*more: str, of: Fleet | None = None, **cluster: Any) -> ClusterPlan:
    """Istio at 1.24.3 beside a frozen 1.24.2, which the tag prod pins."""
    before = inventory_of(plan(istio("v1.24.2")))
    return plan("".join((istio("v1.24.3"), pinned("prod"), *more)), before, of or flux(), **cluster)


def made(planned: ClusterPlan, *folders: str, **delivery: Any) -> dict[str, dict[str, Any]]:
    stages = {folder: "shared/crds/1.24.3" if folder == "crds" else f"c/{folder}" for folder in folders}
    bundle = kustomizations(flux(**delivery), planned, stages)
    return {manifest.name: json.loads(manifest.json) for manifest in bundle.manifests}


def waits(found: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return {name: [one["name"] for one in data["spec"].get("dependsOn", [])] for name, data in found.items()}


EVERYTHING = ("crds", OLD, NEW, "cni", "ztunnel", "mesh", "tags/canary", "tags/prod", "namespaces", "extra")


def everything(**delivery: Any) -> dict[str, dict[str, Any]]:
    more = (CNI, ZTUNNEL, tag("canary"), namespace("shop", "istio.io/rev: canary"))
    return made(both_revisions(*more, of=flux(**delivery)), *EVERYTHING, **delivery)


@needs_crds
def test_flux_accepts_each_of_them() -> None:
    found = everything(interval="1h", source="mesh", namespace="gitops")
    assert {name: refused(KUSTOMIZATION, data) for name, data in found.items()} == {name: [] for name in found}
    assert {data["metadata"]["namespace"] for data in found.values()} == {"gitops"}


def test_each_stage_waits_for_the_one_before_and_for_the_revisions_that_it_points_at() -> None:
    assert waits(everything()) == {
        "mesh-crds": [],
        "mesh-revision-default-v1-24-2": ["mesh-crds"],
        "mesh-revision-default-v1-24-3": ["mesh-crds"],
        "mesh-cni": ["mesh-crds"],
        "mesh-ztunnel": ["mesh-cni", "mesh-revision-default-v1-24-3"],
        "mesh-base": ["mesh-ztunnel"],
        "mesh-tag-canary": ["mesh-base", "mesh-revision-default-v1-24-3"],
        "mesh-tag-prod": ["mesh-base", "mesh-revision-default-v1-24-2"],
        "mesh-namespaces": ["mesh-tag-canary", "mesh-tag-prod", "mesh-revision-default-v1-24-3"],
        "mesh-extra": ["mesh-namespaces"],
    }


def test_a_revision_that_nothing_uses_holds_up_nobody() -> None:
    """So that a tag can go back to the revision before while the new one does not start."""
    found = waits(made(both_revisions(), OLD, NEW, "mesh", "tags/prod"))
    needed = {name for names in found.values() for name in names}
    assert needed == {"mesh-base", "mesh-revision-default-v1-24-2"}


def test_the_default_validator_waits_for_the_default_revision() -> None:
    planned = plan(istio("v1.24.3") + pinned("default"), inventory_of(plan(istio("v1.24.2"))))
    assert waits(made(planned, OLD, NEW, "mesh"))["mesh-base"] == ["mesh-revision-default-v1-24-2"]


def test_nobody_waits_for_a_folder_that_is_not_there() -> None:
    found = waits(made(both_revisions(), "mesh", "tags/prod"))
    assert found == {"mesh-base": [], "mesh-tag-prod": ["mesh-base"]}


def test_namespaces_and_definitions_are_never_pruned() -> None:
    kept = {name for name, data in everything().items() if not data["spec"]["prune"]}
    assert kept == {"mesh-crds", "mesh-namespaces"}


def test_every_stage_waits_until_it_is_healthy_and_none_replaces_or_substitutes_anything() -> None:
    for data in everything().values():
        assert data["spec"]["wait"] is True
        assert "force" not in data["spec"]
        assert "postBuild" not in data["spec"]


def test_paths_are_from_the_root_of_the_repository() -> None:
    found = made(both_revisions(), "crds", NEW, path="teams/mesh")
    assert {name: data["spec"]["path"] for name, data in found.items()} == {
        "mesh-crds": "./teams/mesh/rendered/shared/crds/1.24.3",
        "mesh-revision-default-v1-24-3": "./teams/mesh/rendered/c/revisions/default-v1-24-3",
    }


def test_a_cluster_may_have_another_source_and_interval() -> None:
    of = flux(interval="1h", source="mesh")
    (data,) = made(both_revisions(of=of, handover=ClusterHandover(interval="2m", source="own")), "mesh").values()
    assert (data["spec"]["interval"], data["spec"]["sourceRef"]["name"]) == ("2m", "own")


def test_what_istiod_writes_into_validating_webhooks_is_left_alone_where_there_are_any() -> None:
    rules = {name: data["spec"].get("ignore") for name, data in everything().items()}
    ignored = {name for name, rule in rules.items() if rule}
    assert ignored == {"mesh-revision-default-v1-24-2", "mesh-revision-default-v1-24-3", "mesh-base"}
    assert rules["mesh-base"] == [
        {
            "target": {"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration"},
            "paths": ["/webhooks/0/failurePolicy"],
        }
    ]


@pytest.mark.parametrize("name", ["x" * 63, "With_Capitals", "UPPER"])
def test_a_name_that_flux_could_not_label_objects_with_is_shortened_to_one_of_its_own(name: str) -> None:
    one, other = (next(iter(made(both_revisions(), f"tags/{text}"))) for text in (name, f"{name}y"))
    assert one != other
    for made_name in (one, other):
        assert len(made_name) <= 63
        assert made_name == made_name.lower()
        assert "_" not in made_name

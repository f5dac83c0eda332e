"""What Argo CD is given: an ApplicationSet, and a file for each cluster that it delivers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from render.manifests.argocd import IGNORED, application_set, cluster_file
from render.specs.kinds import ClusterHandover, Delivery, Fleet, Handover
from tests.support.cluster_plan import fleet, specs
from tests.support.crd_schemas import APPLICATION, APPLICATION_SET, needs_crds, refused
from tests.support.programs.go import needs_go
from tests.support.programs.go_templates import filled_in

URL = "https://git.example.com/platform/mesh.git"


def with_url(**delivery: Any) -> Fleet:
    return fleet(delivery={"type": "argocd", "repoURL": URL, **delivery})


def given(of: Fleet) -> dict[str, Any]:
    bundle = application_set(of)
    assert bundle
    (manifest,) = bundle.manifests
    data: dict[str, Any] = json.loads(manifest.json)
    return data


def noted(of: Fleet, delivery: Delivery | None = None, **handover: Any) -> dict[str, Any]:
    text = cluster_file(of, specs("", of, delivery=delivery, handover=ClusterHandover(**handover)))
    assert text
    data: dict[str, Any] = json.loads(text)
    return data


@needs_crds
@pytest.mark.parametrize("automated", [True, False])
def test_argo_cd_accepts_the_application_set(automated: bool) -> None:
    assert refused(APPLICATION_SET, given(with_url(automated=automated, project="mesh", namespace="gitops"))) == []


def test_it_asks_for_what_keeps_argo_cd_and_istiod_out_of_each_others_way() -> None:
    spec = given(with_url())["spec"]["template"]["spec"]
    assert spec["syncPolicy"] == {"syncOptions": ["ServerSideApply=true", "RespectIgnoreDifferences=true"]}
    assert {one["kind"]: one["jqPathExpressions"] for one in spec["ignoreDifferences"]} == {
        "MutatingWebhookConfiguration": [".webhooks[].clientConfig.caBundle"],
        "ValidatingWebhookConfiguration": [".webhooks[].clientConfig.caBundle", ".webhooks[].failurePolicy"],
    }


def test_a_cluster_that_goes_leaves_its_mesh_running() -> None:
    data = given(with_url())
    assert data["spec"]["syncPolicy"] == {"preserveResourcesOnDeletion": True}
    assert "finalizers" not in data["spec"]["template"]["metadata"]


def test_without_a_repository_there_is_nothing_for_argo_cd() -> None:
    silent = fleet(delivery={"type": "argocd"})
    assert application_set(silent) is None
    assert cluster_file(silent, specs("", silent)) is None


@pytest.mark.parametrize("delivery", ["flux", "none"])
def test_a_cluster_that_another_delivers_has_no_file(delivery: Delivery) -> None:
    assert cluster_file(with_url(), specs("", with_url(), delivery=delivery)) is None


def test_argo_cd_delivers_a_cluster_that_says_so_in_a_fleet_of_flux() -> None:
    of_flux = fleet(delivery={"type": "flux", "repoURL": URL})
    assert noted(of_flux, "argocd")["spec"] == {"destination": "c", "automated": False}


@pytest.mark.parametrize(
    ("of_fleet", "of_cluster", "automated"), [(True, None, True), (True, False, False), (False, True, True)]
)
def test_a_cluster_may_sync_otherwise_than_the_fleet(of_fleet: bool, of_cluster: bool | None, automated: bool) -> None:
    found = noted(with_url(automated=of_fleet), automated=of_cluster, destination="gke-1")
    assert found["spec"] == {"destination": "gke-1", "automated": automated}


@needs_go
@needs_crds
@pytest.mark.parametrize("automated", [True, False])
def test_filled_in_for_a_cluster_it_is_an_application_that_argo_cd_accepts(automated: bool) -> None:
    data = given(with_url(automated=automated, path="teams/mesh"))
    params = noted(with_url(automated=automated))
    template, patch = filled_in([json.dumps(data["spec"]["template"]), data["spec"]["templatePatch"]], params)
    application = json.loads(template)
    for key, value in ((yaml.safe_load(patch) or {}).get("spec") or {}).items():
        application["spec"][key] |= value
    assert application["metadata"] == {"name": "mesh-c"}
    assert application["spec"]["source"]["path"] == "teams/mesh/rendered/c"
    assert application["spec"]["destination"] == {"name": "c"}
    automatic = {"prune": True, "selfHeal": True} if automated else None
    assert application["spec"]["syncPolicy"].get("automated") == automatic
    assert refused(APPLICATION, {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **application}) == []


def test_the_file_that_it_looks_for_is_the_one_that_a_cluster_has() -> None:
    (generator,) = given(with_url(path="teams/mesh"))["spec"]["generators"]
    assert generator["git"]["files"] == [{"path": "teams/mesh/rendered/*/argocd/cluster.json"}]


def test_no_field_is_ignored_that_istiod_does_not_write() -> None:
    assert {path for _, paths in IGNORED for path in paths} == {
        ".webhooks[].clientConfig.caBundle",
        ".webhooks[].failurePolicy",
    }


def test_a_fleet_says_of_argo_cd_only_where_to_look() -> None:
    assert Handover().repo_url is None

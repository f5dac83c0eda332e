"""What Argo CD is given: an ApplicationSet, and a file for each cluster that it delivers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from render.manifests.argocd import ENFORCED_ON_AKS, IGNORED, application_set, cluster_file
from render.specs.kinds import ClusterHandover, ClusterSpecs, Delivery, Fleet, Handover
from tests.support.builders import istio, node_agent
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
    return noted_of(of, specs("", of, delivery=delivery, handover=ClusterHandover(**handover)))


def noted_of(of: Fleet, cluster: ClusterSpecs, crds: str | None = None) -> dict[str, Any]:
    text = cluster_file(of, cluster, crds)
    assert text
    data: dict[str, Any] = json.loads(text)
    return data


@needs_crds
@pytest.mark.parametrize("automated", [True, False])
def test_argo_cd_accepts_the_application_set(automated: bool) -> None:
    assert refused(APPLICATION_SET, given(with_url(automated=automated, project="mesh", namespace="gitops"))) == []


def test_it_asks_for_what_keeps_argo_cd_and_istiod_out_of_each_others_way() -> None:
    spec = given(with_url())["spec"]["template"]["spec"]
    assert spec["syncPolicy"]["syncOptions"] == ["ServerSideApply=true", "RespectIgnoreDifferences=true"]
    assert spec["syncPolicy"]["retry"]["limit"] == 5
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
    assert noted(of_flux, "argocd")["spec"]["destination"] == "c"


@pytest.mark.parametrize(
    ("of_fleet", "of_cluster", "automated"), [(True, None, True), (True, False, False), (False, True, True)]
)
def test_a_cluster_may_sync_otherwise_than_the_fleet(of_fleet: bool, of_cluster: bool | None, automated: bool) -> None:
    found = noted(with_url(automated=of_fleet), automated=of_cluster, destination="gke-1")["spec"]
    assert (found["destination"], found["automated"]) == ("gke-1", automated)


def application(of: Fleet, params: dict[str, Any]) -> dict[str, Any]:
    """The Application that Argo CD makes of the ApplicationSet for a cluster."""
    data = given(of)
    template, patch = filled_in([json.dumps(data["spec"]["template"]), data["spec"]["templatePatch"]], params)
    made: dict[str, Any] = json.loads(template)
    for part, patched in (yaml.safe_load(patch) or {}).items():
        for key, value in patched.items():
            made[part][key] = made[part][key] | value if isinstance(made[part].get(key), dict) else value
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **made}


@needs_go
@needs_crds
@pytest.mark.parametrize("automated", [True, False])
def test_filled_in_for_a_cluster_it_is_an_application_that_argo_cd_accepts(automated: bool) -> None:
    of = with_url(automated=automated, path="teams/mesh")
    made = application(of, noted_of(of, specs(istio(), of, labels={"on": "1", "a.b/c": "x"})))
    assert made["metadata"] == {
        "name": "mesh-c",
        "labels": {"on": "1", "a.b/c": "x"},
        "annotations": {
            "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
            "argocd.argoproj.io/manifest-generate-paths": ".",
        },
    }
    assert made["spec"]["source"]["path"] == "teams/mesh/rendered/c"
    assert made["spec"]["destination"] == {"name": "c", "namespace": "istio-system"}
    automatic = {"prune": True, "selfHeal": True} if automated else None
    assert made["spec"]["syncPolicy"].get("automated") == automatic
    assert refused(APPLICATION, made) == []


@needs_go
@needs_crds
@pytest.mark.parametrize("automated", [True, False])
def test_on_aks_the_selectors_that_its_enforcer_adds_are_left_alone(automated: bool) -> None:
    of = with_url(automated=automated)
    made = application(of, noted_of(of, specs("", of, platform="aks")))
    for rule, (kind, paths) in zip(made["spec"]["ignoreDifferences"], IGNORED, strict=True):
        assert rule["kind"] == kind
        assert rule["jqPathExpressions"] == [*paths, ENFORCED_ON_AKS]
    assert refused(APPLICATION, made) == []
    assert noted_of(of, specs("", of, platform="gke"))["spec"]["ignoreDifferences"] == []


def test_argo_cd_looks_again_at_a_cluster_when_its_folder_or_its_definitions_change() -> None:
    of = with_url(path="teams/mesh")
    found = noted_of(of, specs("", of), "shared/crds/1.24.3")["spec"]["manifestGeneratePaths"]
    assert found == ".;/teams/mesh/rendered/shared/crds/1.24.3"


def test_the_namespace_is_that_of_the_first_control_plane_and_else_of_an_agent() -> None:
    of = with_url()
    two = istio(name="a", namespace="mesh-a") + istio(namespace="mesh-b")
    cni = node_agent("IstioCNI", "v1.24.3", namespace="istio-cni")
    assert noted_of(of, specs(two + cni, of))["spec"]["namespace"] == "mesh-b"
    assert noted_of(of, specs(cni, of))["spec"]["namespace"] == "istio-cni"
    assert noted_of(of, specs("", of))["spec"]["namespace"] == ""


@needs_crds
def test_steps_by_labels_of_clusters_become_a_strategy() -> None:
    match = [{"key": "env", "operator": "In", "values": ["staging"]}]
    steps = [{"matchExpressions": match}, {"matchExpressions": [{**match[0], "operator": "NotIn"}], "maxUpdate": "10%"}]
    data = given(with_url(rollingSync={"steps": steps}))
    assert data["spec"]["strategy"] == {"type": "RollingSync", "rollingSync": {"steps": steps}}
    assert refused(APPLICATION_SET, data) == []
    assert "strategy" not in given(with_url())["spec"]


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

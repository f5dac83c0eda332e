"""The AppProject of a fleet: what its clusters' trees hold, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from render.manifests.argocd_project import AppliedKind, allowed_objects, app_project
from tests.support.cluster_plan import fleet
from tests.support.crd_schemas import APP_PROJECT, needs_crds, refused

URL = "https://git.example.com/platform/mesh.git"
OF = fleet(delivery={"type": "argocd", "repoURL": URL, "project": "mesh", "namespace": "gitops", "renderProject": True})
ROLE = AppliedKind("rbac.authorization.k8s.io", "ClusterRole", "")
MAP = AppliedKind("", "ConfigMap", "istio-system")
KINDS = st.tuples(st.sampled_from(["", "apps", "example.com"]), st.sampled_from(["A", "B", "Namespace"]))
OBJECTS = st.frozensets(
    st.builds(lambda kind, space: AppliedKind(*kind, space), KINDS, st.sampled_from(["", "n", "m"]))
)


def project(*clusters: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(app_project(OF, clusters).json)
    return data


def cluster(destination: str, *objects: AppliedKind) -> dict[str, Any]:
    return {"destination": destination, "allowed": allowed_objects(objects, "istio-system")}


def test_it_allows_the_repository_and_each_cluster_its_own_namespaces() -> None:
    made = project(cluster("eu", MAP, AppliedKind("apps", "DaemonSet", "istio-cni")), cluster("us", MAP, ROLE))
    assert made["metadata"] == {"name": "mesh", "namespace": "gitops"}
    assert made["spec"]["sourceRepos"] == [URL]
    assert made["spec"]["destinations"] == [
        {"name": "eu", "namespace": "istio-cni"},
        {"name": "eu", "namespace": "istio-system"},
        {"name": "us", "namespace": "istio-system"},
    ]
    assert made["spec"]["clusterResourceWhitelist"] == [{"group": ROLE.group, "kind": "ClusterRole"}]
    assert made["spec"]["namespaceResourceWhitelist"] == [
        {"group": "", "kind": "ConfigMap"},
        {"group": "apps", "kind": "DaemonSet"},
    ]


@needs_crds
def test_argo_cd_accepts_it() -> None:
    assert refused(APP_PROJECT, project(cluster("eu", MAP, ROLE))) == []


def test_the_namespace_of_the_application_is_allowed_though_nothing_lies_there() -> None:
    assert allowed_objects([ROLE], "mesh")["namespaces"] == ["mesh"]


def test_an_object_without_a_namespace_of_a_kind_that_nobody_knows_may_be_of_either_sort() -> None:
    found = allowed_objects([AppliedKind("example.com", "Thing", "")], "mesh")
    assert found["clusterKinds"] == found["namespaceKinds"] == [{"group": "example.com", "kind": "Thing"}]


@given(st.dictionaries(st.sampled_from("abc"), OBJECTS))
def test_whatever_the_trees_hold_every_object_is_permitted_and_no_other_kind_is(
    trees: dict[str, frozenset[AppliedKind]],
) -> None:
    spec = project(*(cluster(name, *objects) for name, objects in trees.items()))["spec"]
    destinations = {(one["name"], one["namespace"]) for one in spec["destinations"]}
    allowed = {
        sort: {(one["group"], one["kind"]) for one in spec[f"{sort}ResourceWhitelist"]}
        for sort in ("cluster", "namespace")
    }
    for name, objects in trees.items():
        for one in objects:
            assert one[:2] in allowed["namespace" if one.namespace else "cluster"]
            assert (name, one.namespace or "istio-system") in destinations
    held = {one[:2] for objects in trees.values() for one in objects}
    assert allowed["cluster"] | allowed["namespace"] == held

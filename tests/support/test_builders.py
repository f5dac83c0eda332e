"""What the builders write is what the program reads, with the words of the test in their places."""

from __future__ import annotations

import yaml

from render.kustomize.resource import Resource
from render.specs import build
from render.yamlio.location import Place
from tests.support import builders
from tests.support.cluster_plan import specs


def test_a_file_is_the_sum_of_its_documents() -> None:
    found = specs(
        builders.istio("v1.24.3", "mesh", "InPlace", values="{pilot: {autoscaleMin: 2}}")
        + builders.istio_revision("old", "v1.23.5", "mesh", "pilot: {autoscaleMin: 3}")
        + builders.tag("prod", "old", "IstioRevision", annotations="{a: b}")
        + builders.node_agent("IstioCNI", profile="ambient")
        + builders.namespace("shop", "istio.io/rev: prod", "team: shop")
    )
    (istio,), (revision,), (tag,), (cni,) = found.istios, found.revisions, found.tags, found.cnis
    assert (istio.name, istio.version, istio.strategy) == ("mesh", "v1.24.3", "InPlace")
    assert istio.values == {"pilot": {"autoscaleMin": 2}}
    assert (revision.name, revision.version, revision.namespace) == ("old", "v1.23.5", "mesh")
    assert revision.values == {"revision": "old", "global": {"istioNamespace": "mesh"}, "pilot": {"autoscaleMin": 3}}
    assert (tag.name, tag.target.kind, tag.target.name) == ("prod", "IstioRevision", "old")
    assert tag.resource.data["metadata"]["annotations"] == {"a": "b"}
    assert (cni.version, cni.profile) == ("v1.24.2", "ambient")
    assert found.namespaces[0].labels == {"istio.io/rev": "prod", "team": "shop"}


def test_a_fleet_is_delivered_as_the_test_says() -> None:
    def built(**spec: str) -> str:
        return build.fleet(Resource(yaml.safe_load(builders.fleet_file(**spec)), Place("meshrev.yaml"))).delivery

    assert (built(), built(delivery="{type: flux}")) == ("none", "flux")


def test_a_cluster_has_labels_and_fields_only_where_the_test_says_so() -> None:
    plain, other = (
        build.cluster(Resource(yaml.safe_load(text), Place("cluster.yaml")))
        for text in (builders.cluster_file("eu"), builders.cluster_file("eu", "env: prod", platform="gke"))
    )
    assert (plain.labels, plain.platform) == ({}, None)
    assert (other.labels, other.platform) == ({"env": "prod"}, "gke")


def test_a_kustomization_lists_its_resources() -> None:
    assert yaml.safe_load(builders.kustomization("a.yaml", "../b", namePrefix="x-")) == {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["a.yaml", "../b"],
        "namePrefix": "x-",
    }

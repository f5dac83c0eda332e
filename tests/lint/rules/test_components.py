"""Rules on what revisions need beside them: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from tests.support.builders import document, istio, namespace, node_agent
from tests.support.cluster_plan import fleet
from tests.support.lint_view import places, said


def mesh(version: str = "v1.26.4", strategy: str = "InPlace", **spec: str) -> str:
    return istio(version, strategy=strategy, **spec)


def agent(kind: str, **spec: str) -> str:
    return node_agent(kind, "v1.26.4", **spec)


def application(chart: str) -> str:
    """An Application of a chart, and one without a source."""
    api = "argoproj.io/v1alpha1"
    named = document(api, "Application", chart, spec=f"{{source: {{chart: {chart}}}}}")
    return named + document(api, "Application", "empty")


def release(chart: str) -> str:
    spec = f"{{chart: {{spec: {{chart: {chart}}}}}}}"
    return document("helm.toolkit.fluxcd.io/v2", "HelmRelease", chart, spec=spec)


def daemonset(name: str) -> str:
    return document("apps/v1", "DaemonSet", name, namespace="kube-system")


AMBIENT_NAMESPACE = namespace("shop", "istio.io/dataplane-mode: ambient")
CNI, ZTUNNEL = agent("IstioCNI"), agent("ZTunnel")
AMBIENT_CNI = agent("IstioCNI", profile="ambient")
ISTIO = "error Istio/default metadata.name"
NEEDS_CNI = mesh(values="{pilot: {cni: {enabled: true}}}")
AMBIENT = mesh(profile="ambient")


# MR130


@pytest.mark.parametrize(
    "text", [NEEDS_CNI, mesh(profile="openshift"), AMBIENT, mesh(values="{pilot: {env: {PILOT_ENABLE_AMBIENT: true}}}")]
)
def test_a_revision_that_needs_the_cni_node_agent_says_so(text: str) -> None:
    assert places("MR130", text) == [ISTIO]


def test_a_cluster_on_openshift_needs_the_cni_node_agent() -> None:
    assert places("MR130", mesh(), cluster={"platform": "openshift"}) == [ISTIO]
    assert said("MR130", mesh(values="{pilot: {cni: {enabled: false}}}"), cluster={"platform": "openshift"}) == []


@pytest.mark.parametrize("elsewhere", [CNI, application("cni"), release("cni"), daemonset("istio-cni-node")])
def test_a_cni_node_agent_that_somebody_delivers_is_enough(elsewhere: str) -> None:
    assert said("MR130", NEEDS_CNI + elsewhere) == []


def test_a_revision_that_needs_no_agent_is_fine() -> None:
    assert said("MR130", mesh()) == []
    assert said("MR130", NEEDS_CNI + application("istiod")) != []


def test_an_inactive_revision_needs_its_agents_while_it_is_used() -> None:
    before = mesh("v1.26.0", "RevisionBased", values="{pilot: {cni: {enabled: true}}}")
    now = mesh(strategy="RevisionBased")
    assert said("MR130", now, before) == []
    assert places("MR130", now + namespace("shop", "istio.io/rev: default-v1-26-0"), before) == [ISTIO]


# MR131


def test_a_revision_that_needs_ztunnel_says_so() -> None:
    assert places("MR131", AMBIENT + AMBIENT_CNI) == [ISTIO]


def test_a_namespace_that_is_ambient_where_nothing_else_is_says_so() -> None:
    place = 'error Namespace/shop metadata.labels["istio.io/dataplane-mode"]'
    assert places("MR131", mesh() + AMBIENT_NAMESPACE) == [place]
    assert places("MR131", AMBIENT + AMBIENT_NAMESPACE) == [ISTIO]


@pytest.mark.parametrize("elsewhere", [ZTUNNEL, application("ztunnel"), release("ztunnel"), daemonset("ztunnel")])
def test_a_ztunnel_that_somebody_delivers_is_enough(elsewhere: str) -> None:
    assert said("MR131", AMBIENT + AMBIENT_NAMESPACE + elsewhere) == []


def test_a_mesh_of_sidecars_needs_no_ztunnel() -> None:
    assert said("MR131", mesh()) == []


# MR132


@pytest.mark.parametrize(
    "cni", [CNI, agent("IstioCNI", profile="ambient", values="{cni: {ambient: {enabled: false}}}")]
)
def test_a_cni_node_agent_that_leaves_ambient_alone_is_an_error(cni: str) -> None:
    assert places("MR132", AMBIENT + ZTUNNEL + cni) == ["error IstioCNI/default spec.profile"]


@pytest.mark.parametrize("cni", [AMBIENT_CNI, agent("IstioCNI", values="{cni: {ambient: {enabled: true}}}")])
def test_a_cni_node_agent_that_serves_ambient_is_fine(cni: str) -> None:
    assert said("MR132", AMBIENT + ZTUNNEL + cni) == []


def test_without_ambient_the_cni_node_agent_need_not_serve_it() -> None:
    assert said("MR132", NEEDS_CNI + CNI) == []


# MR133 and MR134


def vendored(release: str) -> dict[str, str]:
    return {"path": f"crds/istio-{release}.yaml", "sha256": "0" * 64}


def test_definitions_that_nobody_delivers_are_noted() -> None:
    assert places("MR133", mesh()) == ["info Fleet/f spec.crds"]


def test_definitions_that_somebody_delivers_are_fine() -> None:
    definition = "\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
    definition += "metadata: {name: gateways.networking.istio.io}\n"
    assert said("MR133", mesh(), fleet=fleet(crds=vendored("1.26.4"))) == []
    assert said("MR133", mesh() + definition) == []
    assert said("MR133", mesh(profile="remote")) == []
    assert said("MR133", "") == []


def test_definitions_of_an_older_minor_than_the_newest_control_plane_are_told_of() -> None:
    (line,) = said("MR134", mesh(), fleet=fleet(crds=vendored("1.25.2")))
    assert line.startswith(
        "warning Fleet/f spec.crds.path: are of 1.25.2, and the cluster has a control plane of v1.26.4"
    )


@pytest.mark.parametrize("release", ["1.26.0", "1.27.3"])
def test_definitions_of_the_same_minor_or_a_newer_one_are_fine(release: str) -> None:
    assert said("MR134", mesh(), fleet=fleet(crds=vendored(release))) == []
    assert said("MR134", mesh()) == []


WIDGETS = """\
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}
"""


def test_an_object_that_the_definition_of_its_kind_refuses_is_told_at_its_field() -> None:
    widget = document("example.com/v1", "Widget", "w", spec="{size: big}")
    assert said("MR135", istio() + WIDGETS + widget) == [
        "error Widget/w spec.size: is big: expected a whole number (the definition of its kind)"
    ]
    assert said("MR135", istio() + WIDGETS + document("example.com/v1", "Widget", "w", spec="{size: 3}")) == []


def test_an_object_whose_definition_nobody_has_is_not_judged() -> None:
    assert said("MR135", istio() + document("example.com/v1", "Widget", "w", spec="{size: big}")) == []


# GKE


def on_gke(text: str) -> list[str]:
    return places("MR267", mesh() + text, cluster={"platform": "gke"})


QUOTA = (
    "{scopeSelector: {matchExpressions: [{operator: In, scopeName: PriorityClass, values: [system-node-critical]}]}}"
)


@pytest.mark.parametrize("kind", ["IstioCNI", "ZTunnel"])
def test_a_node_agent_of_an_older_release_is_refused_outside_of_kube_system(kind: str) -> None:
    assert on_gke(node_agent(kind, "v1.25.1")) == [f"warning {kind}/default spec.namespace"]
    assert on_gke(node_agent(kind, "v1.25.1", namespace="kube-system")) == []
    assert places("MR267", mesh() + node_agent(kind, "v1.25.1")) == []


@pytest.mark.parametrize("kind", ["IstioCNI", "ZTunnel"])
def test_a_chart_that_brings_the_quota_is_not_told_of(kind: str) -> None:
    assert on_gke(agent(kind)) == []
    off = "{resourceQuotas: {enabled: false}}"
    values = f"{{global: {off}, cni: {off}}}" if kind == "IstioCNI" else f"{{global: {off}, ztunnel: {off}}}"
    assert on_gke(agent(kind, values=values)) == [f"warning {kind}/default spec.namespace"]


def test_a_quota_that_is_passed_through_counts_where_it_is_for_that_class() -> None:
    cni = node_agent("IstioCNI", "v1.25.1")
    own = document("v1", "ResourceQuota", "critical", namespace="istio-cni", spec=QUOTA)
    other = document("v1", "ResourceQuota", "pods", namespace="istio-cni", spec="{hard: {pods: 9}}")
    assert on_gke(cni + own) == []
    assert on_gke(cni + other) == ["warning IstioCNI/default spec.namespace"]

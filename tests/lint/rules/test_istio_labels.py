"""Rules on Istio's labels: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from tests.support.builders import document, istio, namespace, tag
from tests.support.lint_view import places, said

MESH = istio("v1.30.3") + tag("default")


def web(labels: str = "app: web", own: str = "app: web", kind: str = "Deployment") -> str:
    return f"""\
---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: web, namespace: shop, labels: {{{own}}}}}
spec: {{template: {{metadata: {{labels: {{{labels}}}}}}}}}
"""


@pytest.mark.parametrize(
    ("label", "nearest"),
    [
        ("istio-inject: enabled", "istio-injection"),
        ("istio-injecton: enabled", "istio-injection"),
        ("istio_injection: enabled", "istio-injection"),
        ("topology.istio.io/netwrok: n1", "topology.istio.io/network"),
        ("istio.io/dataplane-mod: ambient", "istio.io/dataplane-mode"),
        ("istio.io/use-waypont: a", "istio.io/use-waypoint"),
        ("istio.io/revision: default", "istio.io/rev"),
    ],
)
def test_a_label_that_istio_does_not_have_is_told_with_the_nearest(label: str, nearest: str) -> None:
    (line,) = said("MR107", MESH + namespace("shop", label))
    assert line.startswith("warning Namespace/shop metadata.labels")
    assert f"is no label of Istio (did you mean {nearest}?): nothing reads it" in line


def test_a_label_of_a_pod_template_has_its_place() -> None:
    (line,) = said("MR107", MESH + namespace("shop") + web("sidecar.istio.io/injct: 'true'"))
    assert line.startswith('warning Deployment/shop/web spec.template.metadata.labels["sidecar.istio.io/injct"]')


def test_a_label_of_a_later_release_is_told_with_the_release() -> None:
    (line,) = said(
        "MR107", istio("v1.24.3") + tag("default") + namespace("shop", "istio.io/ingress-use-waypoint: 'true'")
    )
    assert "is a label of Istio from 1.30 on: no revision of this cluster reads it" in line


@pytest.mark.parametrize(
    "label",
    [
        "istio-injection: enabled",
        "istio.io/rev: default",
        "istio.io/dataplane-mode: none",
        "istio.io/global: 'true'",
        "topology.istio.io/network: n1",
        "operator.istio.io/managed: Reconcile",
        "install.operator.istio.io/owning-resource: unknown",
        "app: istio",
        "istio: ingressgateway",
        "maistra.io/member-of: a",
    ],
)
def test_nothing_is_said_of_labels_that_somebody_reads(label: str) -> None:
    for code in ("MR107", "MR108"):
        assert said(code, MESH + namespace("shop", label)) == []


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("istio.io/dataplane-mode: ambeint", "ambeint is not one of ambient, none (did you mean ambient?)"),
        ("istio.io/dataplane-mode: enabled", "enabled is not one of ambient, none"),
        ("istio.io/ingress-use-waypoint: 'yes'", "yes is not one of true, false"),
    ],
)
def test_a_value_that_means_nothing_is_told_with_those_that_do(label: str, told: str) -> None:
    (line,) = said("MR108", MESH + namespace("shop", label))
    assert told in line
    assert line.endswith("nothing comes of it")


def test_a_label_of_pods_on_their_workload_alone_is_told_with_the_place() -> None:
    (line,) = said("MR109", MESH + namespace("shop") + web(own="sidecar.istio.io/inject: 'true'"))
    assert line.startswith('warning Deployment/shop/web metadata.labels["sidecar.istio.io/inject"]')
    assert line.endswith("is read of Pod alone, and this is a Deployment: write it under spec.template.metadata.labels")


def test_a_label_of_namespaces_on_pods_is_told() -> None:
    (line,) = said("MR109", MESH + namespace("shop") + web("istio-injection: enabled"))
    assert "is read of Namespace alone, and this is a Pod" in line


def test_labels_on_the_workload_and_its_pods_are_not_told_of() -> None:
    both = "istio.io/rev: default"
    assert said("MR109", MESH + namespace("shop") + web(both, both)) == []


def test_a_pod_by_itself_reads_its_own_labels() -> None:
    pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, labels: {istio.io/rev: default}}\n"
    for code in ("MR107", "MR108", "MR109"):
        assert said(code, MESH + namespace("shop") + pod) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (namespace("shop", "istio.io/deactivated: never-match"), "Namespace/shop metadata"),
        (
            document(
                "apps/v1",
                "Deployment",
                "web",
                namespace="shop",
                spec="{template: {metadata: {labels: {istio.io/deactivated: never-match}}}}",
            ),
            "Deployment/shop/web spec.template.metadata",
        ),
    ],
)
def test_a_label_that_wakes_what_is_switched_off_is_told_of(text: str, place: str) -> None:
    assert places("MR266", istio() + text) == [f'warning {place}.labels["istio.io/deactivated"]']
    assert places("MR107", istio() + text) == []


def test_another_value_of_that_label_wakes_nothing() -> None:
    assert places("MR266", istio() + namespace("shop", "istio.io/deactivated: other")) == []

"""Objects that one istiod alone reads, as users of its revision."""

from __future__ import annotations

import pytest

from render.plan.cluster import ClusterPlan
from tests.support.builders import document, istio, istio_revision, namespace, tag
from tests.support.cluster_plan import inventory_of, plan

TWO = istio_revision("r1") + istio_revision("r2", "v1.24.3")


def gateway(*labels: str, class_name: str = "istio") -> str:
    spec = f"{{gatewayClassName: {class_name}}}"
    return document("gateway.networking.k8s.io/v1", "Gateway", "public", *labels, namespace="shop", spec=spec)


def users(planned: ClusterPlan, name: str) -> tuple[str, ...]:
    return planned.revision(name).usage.by


@pytest.mark.parametrize("class_name", ["istio", "istio-waypoint", "own"])
def test_a_gateway_uses_the_revision_that_its_label_names(class_name: str) -> None:
    planned = plan(TWO + gateway("istio.io/rev: r1", class_name=class_name))
    assert users(planned, "r1") == ("Gateway/shop/public",)
    assert users(planned, "r2") == ()


def test_a_gateway_uses_the_revision_that_its_namespace_names_where_it_has_no_label() -> None:
    planned = plan(TWO + namespace("shop", "istio.io/rev: r2") + gateway())
    assert users(planned, "r2") == ("Namespace/shop", "Gateway/shop/public")


def test_a_gateways_label_beats_its_namespaces() -> None:
    planned = plan(TWO + namespace("shop", "istio.io/rev: r2") + gateway("istio.io/rev: r1"))
    assert users(planned, "r1") == ("Gateway/shop/public",)


def test_a_gateway_uses_a_tag_and_by_it_the_revision() -> None:
    planned = plan(TWO + tag("prod", "r1", "IstioRevision") + gateway("istio.io/rev: prod"))
    assert planned.tags[0].usage.by == ("Gateway/shop/public",)
    assert users(planned, "r1") == ("IstioRevisionTag/prod",)


def test_a_gateway_without_any_label_uses_the_default() -> None:
    planned = plan(TWO + tag("default", "r2", "IstioRevision") + gateway())
    assert planned.tags[0].usage.by == ("Gateway/shop/public",)


def test_a_gateway_of_another_controller_uses_nothing() -> None:
    other = document("gateway.networking.k8s.io/v1", "GatewayClass", "istio", spec="{controllerName: nginx.org/x}")
    assert users(plan(TWO + other + gateway("istio.io/rev: r1")), "r1") == ()


@pytest.mark.parametrize("class_name", ["own", "istio-remote"])
def test_a_gateway_without_a_label_and_of_an_unknown_class_uses_nothing(class_name: str) -> None:
    planned = plan(TWO + tag("default", "r1", "IstioRevision") + gateway(class_name=class_name))
    assert planned.tags[0].usage.by == ()


def test_configuration_with_a_revision_uses_it_and_without_one_nothing() -> None:
    labelled, plain = (
        document("networking.istio.io/v1", "VirtualService", name, *labels, namespace="shop", spec="{}")
        for name, labels in (("a", ("istio.io/rev: r1",)), ("b", ()))
    )
    assert users(plan(TWO + labelled + plain), "r1") == ("VirtualService/shop/a",)


def test_an_object_of_another_api_uses_nothing() -> None:
    text = document("v1", "ConfigMap", "a", "istio.io/rev: r1", namespace="shop", data="{}")
    assert users(plan(TWO + text), "r1") == ()


@pytest.mark.parametrize(
    ("user", "path"),
    [
        (gateway("istio.io/rev: r1"), ("metadata", "labels", "istio.io/rev")),
        (
            document(
                "apps/v1",
                "Deployment",
                "web",
                namespace="shop",
                spec="{template: {metadata: {labels: {istio.io/rev: r1}}}}",
            ),
            ("spec", "template", "metadata", "labels"),
        ),
        (
            document("networking.istio.io/v1", "VirtualService", "a", "istio.io/rev: r1", namespace="shop"),
            ("metadata", "labels", "istio.io/rev"),
        ),
    ],
    ids=["gateway", "workload", "configuration"],
)
def test_a_revision_in_use_cannot_leave_the_specs(user: str, path: tuple[str, ...]) -> None:
    before = plan(TWO + user)
    after = plan(istio_revision("r2", "v1.24.3") + user, inventory_of(before))
    assert [(problem.code, problem.path) for problem in after.problems] == [("MR077", path)]


def test_a_workload_that_its_namespace_decides_for_does_not_hold_a_revision() -> None:
    web = document(
        "apps/v1", "Deployment", "web", namespace="shop", spec="{template: {metadata: {labels: {istio.io/rev: r1}}}}"
    )
    here = namespace("shop", "istio.io/rev: r2")
    after = plan(istio_revision("r2", "v1.24.3") + here + web, inventory_of(plan(TWO + here + web)))
    assert [problem.code for problem in after.problems] == []


def test_a_revision_that_its_istio_left_behind_may_be_named() -> None:
    text = gateway("istio.io/rev: default-v1-24-2")
    after = plan(istio("v1.24.3") + text, inventory_of(plan(istio("v1.24.2") + text)))
    assert [problem.code for problem in after.problems] == []
    assert users(after, "default-v1-24-2") == ("Gateway/shop/public",)

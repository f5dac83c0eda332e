"""Rules on revisions that Gateways, configuration and workloads name themselves."""

from __future__ import annotations

import pytest

from tests.support.builders import document, istio, istio_revision, namespace, tag
from tests.support.lint_view import places, said

REVISION = istio_revision("r1")
TWO = REVISION + istio_revision("r2", "v1.24.3")


def gateway(*labels: str, class_name: str = "istio", group: str = "gateway.networking.k8s.io/v1") -> str:
    return document(group, "Gateway", "public", *labels, namespace="shop", spec=f"{{gatewayClassName: {class_name}}}")


def deployment(*labels: str) -> str:
    template = f"{{metadata: {{labels: {{{', '.join(('app: web', *labels))}}}}}, spec: {{containers: []}}}}"
    return document("apps/v1", "Deployment", "web", namespace="shop", spec=f"{{template: {template}}}")


def test_a_gateway_of_a_revision_that_nobody_serves_is_told_of_with_the_name_that_was_meant() -> None:
    (line,) = said("MR264", istio_revision("stable") + gateway("istio.io/rev: stabel"))
    assert line.startswith('warning Gateway/shop/public metadata.labels["istio.io/rev"]: asks for stabel')
    assert "(did you mean stable?)" in line
    assert "no istiod deploys it" in line


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("networking.istio.io/v1", "VirtualService"),
        ("security.istio.io/v1", "AuthorizationPolicy"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("networking.istio.io/v1", "Gateway"),
    ],
)
def test_configuration_of_a_revision_that_nobody_serves_is_told_of(api_version: str, kind: str) -> None:
    text = document(api_version, kind, "x", "istio.io/rev: nope", namespace="shop", spec="{}")
    assert places("MR264", REVISION + text) == [f'warning {kind}/shop/x metadata.labels["istio.io/rev"]']


@pytest.mark.parametrize("name", ["r1", "prod"])
def test_a_gateway_of_a_revision_or_tag_that_is_served_is_not_told_of(name: str) -> None:
    assert said("MR264", REVISION + tag("prod", "r1", "IstioRevision") + gateway(f"istio.io/rev: {name}")) == []


def test_a_gateway_of_a_class_that_is_not_istios_is_not_told_of() -> None:
    other = document("gateway.networking.k8s.io/v1", "GatewayClass", "nginx", spec="{controllerName: nginx.org/x}")
    assert said("MR264", REVISION + other + gateway("istio.io/rev: nope", class_name="nginx")) == []


def test_a_gateway_without_a_label_is_told_of_where_nothing_is_the_default() -> None:
    text = REVISION + namespace("shop") + gateway()
    assert places("MR264", text) == ["warning Gateway/shop/public metadata.labels"]
    assert places("MR264", text + tag("default", "r1", "IstioRevision")) == []


def test_a_gateway_of_a_namespace_that_others_have_is_not_judged_by_its_labels() -> None:
    assert said("MR264", REVISION + gateway()) == []


def test_a_gateway_in_a_namespace_with_a_revision_is_left_to_the_rule_of_namespaces() -> None:
    text = REVISION + namespace("shop", "istio.io/rev: nope") + gateway()
    assert said("MR264", text) == []


def test_a_gateway_of_another_api_is_no_gateway_that_is_deployed() -> None:
    assert said("MR264", REVISION + namespace("shop") + gateway(group="networking.istio.io/v1")) == []


@pytest.mark.parametrize(
    ("label", "effect"),
    [
        ("istio.io/rev: r2", "its pods get the proxy of r2"),
        ("istio.io/rev: nope", "its pods get the proxy of nope"),
        ("istio-injection: disabled", "its pods get no proxy"),
    ],
)
def test_a_workloads_revision_is_told_of_where_its_namespace_wins(label: str, effect: str) -> None:
    (line,) = said("MR265", TWO + namespace("shop", label) + deployment("istio.io/rev: r1"))
    assert line.startswith('warning Deployment/shop/web spec.template.metadata.labels["istio.io/rev"]: asks for r1')
    assert f"{label} of namespace shop wins: {effect}" in line


@pytest.mark.parametrize("labels", [(), ("istio.io/rev: r1",), ("istio.io/rev: prod",)])
def test_a_workloads_revision_is_not_told_of_where_its_namespace_leads_there_too(labels: tuple[str, ...]) -> None:
    text = TWO + tag("prod", "r1", "IstioRevision") + namespace("shop", *labels)
    assert said("MR265", text + deployment("istio.io/rev: r1")) == []


def test_a_workload_that_refuses_is_not_told_of() -> None:
    text = TWO + namespace("shop", "istio.io/rev: r2")
    assert said("MR265", text + deployment("istio.io/rev: r1", 'sidecar.istio.io/inject: "false"')) == []


def test_a_fleet_without_any_revision_is_not_told_of_gateways() -> None:
    assert said("MR264", gateway("istio.io/rev: nope")) == []
    assert said("MR264", istio(strategy="InPlace") + gateway()) == []

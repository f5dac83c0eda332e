"""Rules on annotations, pod templates and EnvoyFilters: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from tests.support.builders import document, istio, namespace, tag
from tests.support.lint_view import places, said

ENABLED = namespace("shop", "istio-injection: enabled")
PORTS = "traffic.sidecar.istio.io/excludeInboundPorts"
CPU = "sidecar.istio.io/proxyCPU"
TEMPLATES = "inject.istio.io/templates"


def mesh(version: str = "v1.30.3", **more: str) -> str:
    return istio(version, **more) + tag("default")


def web(*annotations: str, labels: str = "app: web", spec: str = "{}", own: str = "{}", around: str = ENABLED) -> str:
    template = f"{{metadata: {{labels: {{{labels}}}, annotations: {{{', '.join(annotations)}}}}}, spec: {spec}}}"
    return (
        around
        + f"""\
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop, annotations: {own}}}
spec: {{template: {template}}}
"""
    )


def on_pod(name: str) -> str:
    return f'Deployment/shop/web spec.template.metadata.annotations["{name}"]'


# MR161


@pytest.mark.parametrize(
    ("annotation", "version", "expected"),
    [
        (f"{PORTS}: '80,http'", "v1.23.0", "ports with commas"),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0", "v1.30.3", "*, or ranges of addresses"),
        ("sidecar.istio.io/interceptionMode: redirect", "v1.30.3", "REDIRECT, TPROXY or NONE"),
        ("status.sidecar.istio.io/port: '65536'", "v1.30.3", "a port"),
        ("readiness.status.sidecar.istio.io/periodSeconds: 2s", "v1.30.3", "a whole number"),
        ("prometheus.istio.io/merge-metrics: 'yes'", "v1.30.3", "true or false"),
        (f"{CPU}: 100 m", "v1.27.0", "a quantity"),
        ("traffic.sidecar.istio.io/excludeInterfaces: 'eth0,'", "v1.30.0", "names of network interfaces"),
        ("proxy.istio.io/config: 'a: ['", "v1.30.3", "a ProxyConfig as YAML"),
        (
            "proxy.istio.io/config: 'concurrency: two'",
            "v1.30.3",
            "a ProxyConfig (concurrency: must be a whole number, found the text two)",
        ),
        ("prometheus.io/port: '15090'", "v1.31.0", "what Istio's proxy can merge metrics from"),
        ("prometheus.io/port: metrics", "v1.31.0", "what Istio's proxy can merge metrics from"),
        ("prometheus.istio.io/scrape-targets: '9090:/metrics, 015020'", "v1.31.0", "what Istio's proxy can merge"),
    ],
)
def test_a_value_that_istiod_refuses_is_an_error(annotation: str, version: str, expected: str) -> None:
    (line,) = said("MR161", mesh(version) + web(annotation))
    assert line.startswith(f"error {on_pod(annotation.partition(': ')[0])}: ")
    assert f"is not {expected}" in line
    assert f"istiod {version} " in line


@pytest.mark.parametrize(
    ("annotation", "version"),
    [
        (f"{PORTS}: ' 80, 443 '", "v1.30.3"),
        (f"{PORTS}: ''", "v1.30.3"),
        ("traffic.sidecar.istio.io/includeInboundPorts: '*'", "v1.30.3"),
        ("traffic.sidecar.istio.io/excludeOutboundIPRanges: '10.0.0.0/8,fd00::/8'", "v1.30.3"),
        ("prometheus.istio.io/merge-metrics: 'T'", "v1.30.3"),
        (f"{CPU}: 100 m", "v1.26.8"),
        (f"{CPU}: 1.5e3", "v1.30.3"),
        ("sidecar.istio.io/proxyMemory: 128Mi", "v1.30.3"),
        ("traffic.sidecar.istio.io/excludeInterfaces: 'eth0,'", "v1.29.6"),
        ("proxy.istio.io/config: 'concurrency: 2'", "v1.30.3"),
        ("prometheus.io/port: '15090'", "v1.30.3"),
        ("prometheus.io/port: '15020'", "v1.31.0"),
        ("prometheus.io/port: '9090'", "v1.31.0"),
        ("prometheus.io/port: ''", "v1.31.0"),
        ("prometheus.io/port: '15090', prometheus.io/scrape: 'false'", "v1.31.0"),
        ("prometheus.io/port: '15090', prometheus.istio.io/scrape-targets: '9090'", "v1.31.0"),
        ("prometheus.io/port: '15090', prometheus.istio.io/merge-metrics: 'false'", "v1.31.0"),
    ],
)
def test_a_value_that_istiod_takes_or_does_not_look_at_is_fine(annotation: str, version: str) -> None:
    assert said("MR161", mesh(version) + web(annotation)) == []


@pytest.mark.parametrize(
    "text",
    [
        web(f"{PORTS}: http", around=namespace("shop")),
        web(f"{PORTS}: http", labels='sidecar.istio.io/inject: "false"'),
        web(f"{PORTS}: http", 'sidecar.istio.io/inject: "false"'),
        web(f"{PORTS}: http", spec="{hostNetwork: true}"),
    ],
    ids=["no label", "label", "annotation", "host network"],
)
def test_nothing_is_refused_of_a_pod_that_nobody_injects(text: str) -> None:
    assert said("MR161", mesh() + text) == []


def test_a_template_that_the_revision_does_not_have_is_an_error() -> None:
    (line,) = said("MR161", mesh() + web(f"{TEMPLATES}: 'sidecar, sidecarr'"))
    assert line.startswith(f"error {on_pod(TEMPLATES)}: asks for the template sidecarr, which revision default-v1-30-3")
    assert "(did you mean sidecar?)" in line


def test_templates_of_istio_and_of_the_values_are_there() -> None:
    own = mesh(values="{sidecarInjectorWebhook: {templates: {mine: x}}}")
    assert said("MR161", own + web(f"{TEMPLATES}: 'sidecar,mine'")) == []


# MR162


def test_an_annotation_that_istio_does_not_have_is_told_with_the_nearest() -> None:
    (line,) = said("MR162", mesh() + web("sidecar.istio.io/proxyCpu: 100m"))
    assert line.startswith(f"warning {on_pod('sidecar.istio.io/proxyCpu')}: is no annotation of Istio")
    assert "(did you mean sidecar.istio.io/proxyCPU?)" in line


def test_an_annotation_of_another_release_is_told_with_the_releases_that_know_it() -> None:
    (line,) = said("MR162", mesh("v1.23.5") + web("sidecar.istio.io/nativeSidecar: 'true'"))
    assert "is an annotation of Istio from 1.24 on: no revision of this cluster reads it" in line
    (line,) = said("MR162", mesh() + web("sidecar.istio.io/enableCoreDump: 'true'"))
    assert "is an annotation of Istio until 1.24" in line


@pytest.mark.parametrize(
    "annotation",
    [
        "sidecar.istio.io/status: '{}'",
        "istio.io/rev: x",
        "example.com/x: y",
        "not-istio.io/x: y",
        "sidecar.istio.io: x",
    ],
)
def test_what_istio_sets_itself_and_what_is_not_istios_is_not_looked_at(annotation: str) -> None:
    assert said("MR162", mesh() + web(annotation)) == []


# MR163


def test_an_annotation_for_pods_on_the_workload_itself_is_told_with_its_place() -> None:
    (line,) = said("MR163", mesh() + web(own=f"{{{CPU}: 100m}}"))
    assert line.startswith(f'warning Deployment/shop/web metadata.annotations["{CPU}"]: is read of Pod alone')
    assert line.endswith("this is a Deployment: write it under spec.template.metadata.annotations")


def test_an_annotation_for_pods_on_a_service_is_told() -> None:
    service = (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop, annotations: {{{CPU}: 1m}}}}\n"
    )
    assert places("MR163", mesh() + service) == [f'warning Service/shop/web metadata.annotations["{CPU}"]']


def test_an_annotation_where_it_is_read_is_fine() -> None:
    text = """\
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio-injection: enabled}
  annotations: {networking.istio.io/traffic-distribution: PreferClose, galley.istio.io/analyze-suppress: "*"}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {networking.istio.io/exportTo: "."}}
"""
    assert said("MR163", mesh() + web(f"{CPU}: 100m", around=text)) == []


# MR164


def test_the_annotation_that_a_label_replaces_is_told() -> None:
    (line,) = said("MR164", mesh() + web('sidecar.istio.io/inject: "false"'))
    assert line.startswith(f"info {on_pod('sidecar.istio.io/inject')}: is deprecated: webhooks do not see it.")


def test_it_is_not_told_beside_the_label() -> None:
    both = web('sidecar.istio.io/inject: "true"', labels='sidecar.istio.io/inject: "true"')
    assert said("MR164", mesh() + both) == []


def test_an_annotation_is_deprecated_from_the_release_on_that_says_so() -> None:
    text = web("sidecar.istio.io/statsCompression: gzip")
    assert said("MR164", mesh("v1.28.3") + text) == []
    assert len(said("MR164", mesh("v1.29.2") + text)) == 1


# MR165


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ("{securityContext: {runAsUser: 1337}}", "securityContext.runAsUser"),
        ("{containers: [{name: a, securityContext: {runAsUser: 1337}}]}", "containers[0].securityContext.runAsUser"),
    ],
)
def test_an_application_of_the_proxys_user_is_told(spec: str, place: str) -> None:
    found = [f"warning Deployment/shop/web spec.template.spec.{place}"]
    assert places("MR165", mesh() + web(spec=spec)) == found


@pytest.mark.parametrize(
    "text",
    [
        web(spec="{containers: [{name: istio-proxy, securityContext: {runAsUser: 1337}}]}"),
        web(spec="{securityContext: {runAsUser: 1000}}"),
        web(spec="{securityContext: {runAsUser: 1337}}", around=namespace("shop")),
    ],
)
def test_the_proxy_itself_another_user_and_a_pod_without_proxy_are_fine(text: str) -> None:
    assert said("MR165", mesh() + text) == []


# MR166


def envoy_filter(operation: str, applied_to: str = "HTTP_FILTER", priority: str = "") -> str:
    patch = f"{{applyTo: {applied_to}, patch: {{operation: {operation}}}}}"
    spec = f"{{{priority}configPatches: [{patch}]}}"
    return mesh() + document("networking.istio.io/v1alpha3", "EnvoyFilter", "lua", namespace="shop", spec=spec)


@pytest.mark.parametrize("operation", ["INSERT_BEFORE", "INSERT_AFTER", "REMOVE", "REPLACE"])
def test_an_operation_that_needs_something_to_be_there_is_told(operation: str) -> None:
    place = "warning EnvoyFilter/shop/lua spec.configPatches[0].patch.operation"
    assert places("MR166", envoy_filter(operation)) == [place]


@pytest.mark.parametrize(
    "text",
    [
        envoy_filter("INSERT_FIRST"),
        envoy_filter("MERGE"),
        envoy_filter("INSERT_BEFORE", priority="priority: 10, "),
        envoy_filter("REMOVE", "HTTP_ROUTE"),
        envoy_filter("REPLACE", "CLUSTER"),
    ],
)
def test_an_operation_whose_place_is_sure_or_that_is_ignored_is_fine(text: str) -> None:
    assert said("MR166", text) == []


# MR145


def test_an_image_of_the_injector_that_nobody_replaces_is_an_error() -> None:
    spec = "{containers: [{name: istio-proxy, image: auto}]}"
    (line,) = said("MR145", mesh() + web(around=namespace("shop"), spec=spec))
    assert line.startswith(
        "error Deployment/shop/web spec.template.spec.containers[0].image: is what the injector replaces"
    )


def test_an_image_of_the_injector_is_right_where_somebody_injects() -> None:
    spec = "{containers: [{name: istio-proxy, image: auto}]}"
    assert said("MR145", mesh() + web(spec=spec)) == []
    label = 'sidecar.istio.io/inject: "true"'
    assert said("MR145", mesh() + web(around=namespace("shop"), labels=label, spec=spec)) == []

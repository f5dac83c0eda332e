"""Monitors of the Prometheus operator: which there are, where, and that each proxy is scraped by one of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from render.manifests.cluster import bundles
from tests.support.builders import document, istio, istio_revision, namespace
from tests.support.cluster_plan import inventory_of, plan

ON = "{enabled: true}"


def monitors(text: str, **cluster: Any) -> dict[tuple[str, str, str, str], Any]:
    """Every monitor by its folder, kind, namespace and name."""
    return {
        (bundle.folder, one.kind, one.namespace, one.name): json.loads(one.json)["spec"]
        for bundle in bundles(plan(text, **cluster))
        for one in bundle.manifests
        if one.kind.endswith("Monitor")
    }


def test_nobody_gets_monitors_who_did_not_ask() -> None:
    assert monitors(istio() + istio(name="other", monitoring="{enabled: false}") + istio_revision("own")) == {}


def test_a_revision_has_a_monitor_of_its_istiod_and_one_of_its_proxies_named_as_sail_names_them() -> None:
    folder = "revisions/default-v1-24-2"
    assert list(monitors(istio(monitoring=ON))) == [
        (folder, "ServiceMonitor", "istio-system", "default-v1-24-2-istiod-metrics"),
        (folder, "PodMonitor", "istio-system", "default-v1-24-2-proxies-metrics"),
    ]


def test_the_annotation_that_sails_release_reads_asks_for_monitors_and_the_field_beats_it() -> None:
    annotated = document(
        "sailoperator.io/v1", "Istio", "default", annotations="{sailoperator.io/monitoring: enabled}",
        spec="{version: v1.24.2, values: {}}",
    )  # fmt: skip
    assert len(monitors(annotated)) == 2
    assert monitors(annotated.replace("values: {}", "monitoring: {enabled: false}")) == {}


def test_a_service_monitor_chooses_the_service_of_its_revision_alone() -> None:
    found = plan(istio(monitoring=ON) + istio_revision("other"))
    services = {}
    for bundle in bundles(found):
        for one in map(json.loads, (manifest.json for manifest in bundle.manifests)):
            if one["kind"] == "ServiceMonitor":
                wanted = one["spec"]["selector"]["matchLabels"]
            if one["kind"] == "Service":
                services[one["metadata"]["name"]] = one
    chosen = [name for name, one in services.items() if wanted.items() <= one["metadata"]["labels"].items()]
    assert chosen == ["istiod-default-v1-24-2"]
    assert "http-monitoring" in [port["name"] for port in services[chosen[0]]["spec"]["ports"]]


@pytest.mark.parametrize(("address", "expected"), [("10.1.2.3", "10.1.2.3:15020"), ("fd00::1:2", "[fd00::1:2]:15020")])
def test_a_proxy_is_scraped_at_the_port_of_its_annotation(address: str, expected: str) -> None:
    ((*_, spec),) = [list(monitors(istio(monitoring=ON)).values())]
    rules = spec["podMetricsEndpoints"][0]["relabelings"]
    made = [
        re.sub(r"\\[(\d)\\]|\$(\d)", lambda m: match[int(m[1] or m[2])], rule["replacement"])
        for rule in rules
        if rule.get("targetLabel") == "__address__" and (match := re.fullmatch(rule["regex"], f"15020;{address}"))
    ]
    assert made == [expected]


def test_a_proxy_is_scraped_by_the_monitor_of_the_revision_that_injected_it() -> None:
    found = monitors(istio(monitoring=ON) + istio("v1.24.3", name="other", monitoring=ON))
    kept = [
        [
            rule["regex"]
            for rule in spec["podMetricsEndpoints"][0]["relabelings"]
            if "istio_io_rev" in rule["sourceLabels"][0]
        ]
        for (_, kind, _, _), spec in found.items()
        if kind == "PodMonitor"
    ]
    assert kept == [["default-v1-24-2"], ["other-v1-24-3"]]


def test_on_openshift_each_injected_namespace_has_its_own_monitor_also_of_a_frozen_revision() -> None:
    text = namespace("shop", "istio.io/rev: default-v1-24-2") + namespace("idle")
    before = inventory_of(plan(istio(monitoring=ON)))
    after = plan(istio("v1.24.3", monitoring=ON) + text, before, platform="openshift")
    found = [
        (bundle.folder, one.namespace, one.name)
        for bundle in bundles(after)
        for one in bundle.manifests
        if one.kind == "PodMonitor"
    ]
    assert found == [("mesh", "shop", "default-v1-24-2-proxies-metrics")]

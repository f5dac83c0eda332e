"""Which changes of a ConfigMap are in what the injector writes into pods."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.compare.objects import object_changes
from render.compare.proxy_settings import needs_new_pods

CONFIG = """\
policy: enabled
templates:
  sidecar: |
    {{- $proxy := .Values.global.proxy }}
    - --log_output_level={{ .Values.global.logging.level }}
    image: {{ .ProxyImage }}
    {{- with $proxy.resources }}
    resources: {{ toYaml . }}
    {{- end }}
    {{- if $proxy.startupProbe.enabled }}{{ end }}
"""
VALUES: dict[str, Any] = {
    "global": {
        "hub": "docker.io/istio",
        "tag": "1.24.2",
        "logging": {"level": "default:info"},
        "istiod": {"enableAnalysis": False},
        "defaultPodDisruptionBudget": {"enabled": True},
        "proxy": {
            "autoInject": "enabled",
            "resources": {"limits": {"cpu": "1"}},
            "startupProbe": {"enabled": True, "failureThreshold": 600},
        },
    },
    "revision": "default",
}


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}


def asks(before: dict[str, Any], after: dict[str, Any]) -> bool:
    changes = object_changes(before, after)
    assert changes
    return needs_new_pods(changes, after)


def with_value(path: str, value: Any) -> dict[str, Any]:
    values = json.loads(json.dumps(VALUES))
    here = values
    *steps, last = path.split(".")
    for step in steps:
        here = here.setdefault(step, {})
    here[last] = value
    return config_map(config=CONFIG, values=json.dumps(values))


INJECTOR = config_map(config=CONFIG, values=json.dumps(VALUES))


@pytest.mark.parametrize(
    "path",
    [
        "global.hub",
        "global.tag",
        "global.logging.level",
        "global.proxy.resources.limits.cpu",
        "global.proxy.resources.requests",
        "global.proxy.startupProbe.enabled",
        "global.proxy.image",
        "sidecarInjectorWebhook.rewriteAppHTTPProbe",
    ],
)
def test_values_that_the_templates_or_the_injector_read_ask_for_new_pods(path: str) -> None:
    assert asks(INJECTOR, with_value(path, "other"))


@pytest.mark.parametrize(
    "path",
    ["global.istiod.enableAnalysis", "global.defaultPodDisruptionBudget.enabled", "global.proxy.autoInject", "x"],
)
def test_values_that_nobody_writes_into_pods_do_not(path: str) -> None:
    assert not asks(INJECTOR, with_value(path, "other"))


def test_changed_templates_ask_for_new_pods() -> None:
    assert asks(INJECTOR, config_map(config=CONFIG.replace("enabled\n", "disabled\n", 1), values=json.dumps(VALUES)))


def test_another_way_of_writing_the_values_does_not() -> None:
    assert not asks(INJECTOR, config_map(config=CONFIG, values=json.dumps(VALUES, indent=2)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("defaultConfig: {concurrency: 1}", "defaultConfig: {concurrency: 2}", True),
        ("trustDomain: a", "trustDomain: b", True),
        ("accessLogFile: a", "accessLogFile: b", False),
        ("extensionProviders: [{name: a, x: 1}]", "extensionProviders: [{name: a, x: 2}]", False),
    ],
)
def test_of_the_mesh_only_what_pods_are_made_with_counts(before: str, after: str, expected: bool) -> None:
    assert (
        asks(config_map(mesh=f"rootNamespace: a\n{before}"), config_map(mesh=f"rootNamespace: a\n{after}")) == expected
    )


def test_other_objects_ask_for_nothing() -> None:
    assert not asks(config_map(a="1"), config_map(a="2"))
    assert not asks({"kind": "Secret", "data": {"mesh": "a"}}, {"kind": "Secret", "data": {"mesh": "b"}})

"""What istiod deploys for Gateways with the project's templates, against what it deploys with Istio's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from render.manifests.builtin.injection import injection_templates
from tests.manifests.builtin.injection.gateway_controller import Controller
from tests.support.cases import gateway_cases
from tests.support.programs.go import needs_go


@needs_go
@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in gateway_cases()])
def test_a_gateway_gets_the_objects_that_istio_makes_for_it(case: dict[str, Any]) -> None:
    asked = case["input"]
    release = asked["istio"].partition("-")[0]
    controller = Controller(
        release=tuple(map(int, release.split(".")[:2])),  # type: ignore[arg-type]
        templates=injection_templates(release),
        values=yaml.safe_load(asked["values"]),
        mesh=asked.get("meshConfig") or {},
        features=asked["features"],
        env=asked.get("env") or {},
        objects=asked["objects"],
        proxy_configs=asked["proxyConfigs"],
        system_namespace=asked.get("systemNamespace") or "",
        revision=asked.get("revision") or "",
        kube_minor=int(asked.get("kubeMinor") or 28),
    )
    wanted = [each for each in yaml.safe_load_all(case["expected"]["text"]) if each]
    assert [_with_data(each) for each in controller.patches(asked["gateway"])] == [_with_data(each) for each in wanted]


def _with_data(value: Any, key: str = "") -> Any:
    """The object with the JSON of PROXY_CONFIG as data, without what is empty in it."""
    if isinstance(value, dict):
        return {name: _with_data(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_data(each) for each in value]
    if key == "value" and isinstance(value, str) and value.startswith("{"):
        return {name: each for name, each in json.loads(value).items() if each != {}}
    return value

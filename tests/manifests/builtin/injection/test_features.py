"""What annotations, values and the mesh do to an overlay, feature by feature (`features.yaml`), in every minor."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.manifests.builtin.facts import minors
from render.manifests.builtin.injection import release_facts
from render.yamlio.location import merge_maps
from tests.manifests.builtin.injection.evaluation import evaluated
from tests.manifests.builtin.injection.installation import installed
from tests.manifests.builtin.injection.istiod import as_message
from tests.support.programs.go import needs_go

FEATURES = yaml.safe_load((Path(__file__).parent / "features.yaml").read_text())


@needs_go
@pytest.mark.parametrize("feature", [pytest.param(each, id=each["name"]) for each in FEATURES])
def test_a_feature_holds_in_all_of_its_releases(feature: dict[str, Any]) -> None:
    first, last = _number(feature.get("from", "1.0")), _number(feature.get("until", "1.99"))
    tried = [release for release in releases() if first <= _number(release) and _number(release)[: len(last)] <= last]
    assert tried
    for release, answer in zip(tried, evaluated([request(release, feature) for release in tried]), strict=True):
        if "error" in feature:
            assert feature["error"] in answer.error, release
            continue
        assert answer.error == "", release
        overlay = yaml.load(answer.text, yaml.CSafeLoader)
        found = {path: at(overlay, path) for path in feature["expect"]}
        assert found == feature["expect"], release


def releases() -> list[str]:
    """The first release of each minor, and each patch that changes what a template must know."""
    names = {f"{minor}.0" for minor in minors()} | {name for name in release_facts() if name.count(".") == 2}
    return sorted(names, key=_number)


def request(release: str, feature: dict[str, Any]) -> dict[str, Any]:
    """The request that evaluates a feature's template for a pod of the workload `hello` in the namespace `shop`."""
    installation = installed(release, feature.get("values", {}))
    mesh = merge_maps(installation.mesh, feature.get("mesh", {}))
    data = {
        "TypeMeta": {"Kind": "Deployment", "APIVersion": "apps/v1"},
        "DeploymentMeta": {"Name": "hello", "Namespace": "shop"},
        "ObjectMeta": {"annotations": feature.get("annotations", {}), "labels": feature.get("labels", {})},
        "Spec": {"containers": [{"name": "hello", "image": "hello"}]} | feature.get("spec", {}),
        "ProxyConfig": as_message(mesh["defaultConfig"]),
        "MeshConfig": mesh,
        "Values": installation.values,
        "Revision": "default",
        "ProxyImage": "hub/proxyv2:tag",
        "ProxyInitImage": "hub/init:tag",
        "ProxyUID": 1337,
        "ProxyGID": 1337,
        "InboundTrafficPolicyMode": "passthrough",
    }
    template = installation.templates[feature.get("template", "sidecar")]
    return {"Template": template, "Data": data | feature.get("data", {}), "Env": feature.get("env", {})}


def at(value: Any, path: str) -> Any:
    """What is at a path such as `spec.volumes[name].emptyDir`; null where there is nothing.

    `[a.b/c]` takes an item by its name or a key that has dots. A step into a list of arguments takes the value
    of a flag, or true where the flag has none.
    """
    for bracketed, plain in re.findall(r"\[([^\]]*)\]|([^.\[\]]+)", path):
        if isinstance(value, list) and bracketed:
            value = next((each for each in value if each["name"] == bracketed), None)
        elif isinstance(value, list):
            value = _flag(value, plain)
        else:
            value = (value or {}).get(bracketed or plain)
    return value


def _flag(arguments: list[str], flag: str) -> str | bool | None:
    for place, argument in enumerate(arguments):
        if argument.startswith(f"{flag}="):
            return argument.partition("=")[2]
        if argument == flag:
            following = arguments[place + 1 : place + 2]
            return following[0] if following and not following[0].startswith("-") else True
    return None


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))

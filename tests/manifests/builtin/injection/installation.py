"""What an istiod of a release is given: the ConfigMaps that the project renders for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from render.manifests.builtin import render_component


@dataclass(frozen=True, slots=True)
class Installation:
    """The injector's templates by name and the values that they read, and the mesh's configuration."""

    templates: dict[str, str]
    values: dict[str, Any]
    mesh: dict[str, Any]


def installed(release: str, values: dict[str, Any]) -> Installation:
    """The installation that Helm values give, of the revision that has no name unless they say so."""
    return _installed(release, json.dumps(values))


@lru_cache(maxsize=256)
def _installed(release: str, values: str) -> Installation:
    objects = render_component("istiod", release, "istiod", "istio-system", {"revision": ""} | json.loads(values))
    data = {key: text for each in objects if each["kind"] == "ConfigMap" for key, text in each["data"].items()}
    return Installation(
        templates=yaml.load(data["config"], yaml.CSafeLoader)["templates"],
        values=json.loads(data["values"]),
        mesh=yaml.load(data["mesh"], yaml.CSafeLoader),
    )

"""Values to render every component with: the project's own sets, and the named conformance cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from render.operations.template.run import INSTALLED
from render.specs import releases
from tests.support.cases import VERSIONS, chart_cases


@dataclass(frozen=True, slots=True)
class ValueSet:
    """What `helm template` would be given besides the chart."""

    name: str
    release: str
    namespace: str
    values: dict[str, Any]


def value_sets(component: str, minor: str) -> Iterator[ValueSet]:
    """All sets for a component of a minor (`1.24`) that it can be rendered with."""
    release, namespace = INSTALLED[component]
    for name, given in _own()[component].items():
        if releases.parse(f"{minor}.0") < releases.parse(f"{given.get('since', minor)}.0"):
            continue
        yield ValueSet(name, release, given.get("namespace", namespace), given.get("values", {}))
    for version in VERSIONS:
        if not version.startswith(f"{minor}."):
            continue
        for case in _named(version):
            if case["component"] == component and "error" not in case:
                yield ValueSet(f"conformance {case['case']}", case["release"], case["namespace"], case["values"])


@cache
def _own() -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("value_sets.yaml").read_text())
    return read


@cache
def _named(version: str) -> list[dict[str, Any]]:
    return chart_cases(version, "named")

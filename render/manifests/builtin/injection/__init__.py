"""The Go templates that istiod runs for each pod: one text a release and name, for the injector's ConfigMap.

A text is made of a line of facts (`releases.yaml`), the parts that templates share (`common.tpl`) and the
template itself. Only what an older istiod could not even parse is left out of its text.
Source: what pods must look like after injection, and the functions and data that each istiod offers.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

NAMES = ("sidecar", "gateway")

_FOLDER = Path(__file__).parent


def injection_templates(release: str) -> dict[str, str]:
    """The templates of a release such as `1.24.3` by name, in the order of the ConfigMap.

    The release is one that the builtin manifests know; a minor newer than the last one here is treated as that.
    """
    major, minor = release.removeprefix("v").split(".")[:2]
    return dict(_templates(int(major), int(minor)))


@lru_cache(maxsize=32)
def _templates(major: int, minor: int) -> dict[str, str]:
    facts = _facts(major, minor)
    shared = [f"{{{{- $facts := fromJSON `{json.dumps(facts)}` }}}}\n", _part("common")]
    if facts["otelAttributes"]:
        shared.append(_part("otel"))
    return {name: "".join([*shared, _part(name)]) for name in NAMES}


def _facts(major: int, minor: int) -> dict[str, Any]:
    known: dict[str, dict[str, Any]] = yaml.load((_FOLDER / "releases.yaml").read_bytes(), yaml.CSafeLoader)
    facts: dict[str, Any] = {}
    for name, own in known.items():
        if tuple(map(int, name.split("."))) <= (major, minor):
            facts |= own
    return facts


def _part(name: str) -> str:
    return (_FOLDER / f"{name}.tpl").read_text(encoding="utf-8")

"""The Go templates that istiod runs for each pod: one text a release and name, for the injector's ConfigMap.

A text is made of a line of facts (`releases.yaml`), the parts that templates share (`common.tpl`) and the
template itself. Only what an older istiod could not even parse is left out of its text.
Source: what pods must look like after injection, and the functions and data that each istiod offers.

The text under `templates` of the injector's configuration.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from render.manifests.builtin.template_forms import yaml_text
from render.manifests.builtin.template_functions import ChartRefusal

NAMES = ("sidecar", "gateway")

_FOLDER = Path(__file__).with_name("injection")


def injection_templates(release: str) -> dict[str, str]:
    """Returns the templates of a release such as `1.24.3` by name, in the order of the ConfigMap.

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


def template_blocks(version: str, names: Sequence[str], given: Any) -> str:
    """Returns a YAML map by template name: the release's own `names`, then those that the values give, which replace
    ours."""
    if type(given) is not dict:
        raise ChartRefusal("sidecarInjectorWebhook.templates must be a map")
    own = _own(version, tuple(name for name in names if name not in given))
    return own + _indent(yaml_text(given)) if given else own or "  {}\n"


@lru_cache(maxsize=64)
def _own(version: str, names: tuple[str, ...]) -> str:
    texts = injection_templates(version)
    return "".join(f"  {name}: |\n{_indent(texts[name].strip(), 4)}" for name in names if name in texts)


def _indent(block: str, by: int = 2) -> str:
    return "".join(f"{' ' * by}{line}\n" if line else "\n" for line in block.split("\n"))

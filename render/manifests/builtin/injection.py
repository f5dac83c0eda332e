"""The Go templates that istiod runs for pods and Gateways: one text a release and name, for the injector's ConfigMap.

A text is made of a line of facts (`releases.yaml`), the definitions that it shares with others, and the template
itself. Only what an older istiod could not even parse is left out of its text.
Source: what pods and the workloads of Gateways must look like, and the functions and data that each istiod offers.

The text under `templates` of the injector's configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from render.manifests.builtin.facts import facts_of
from render.manifests.builtin.template_forms import yaml_text
from render.manifests.builtin.template_functions import ChartRefusal
from render.specs.releases import Release, parse

_FOLDER = Path(__file__).with_name("injection")
_PARTS = ("agent", "pod", "otel", "gateway-api", "agentgateway-parts")
_DEFINITION = re.compile(r'^(?=\{\{- define "([\w-]+)")', re.MULTILINE)
_USE = re.compile(r'\{\{-? template "([\w-]+)"')
_FACT = re.compile(r"facts\.(\w+)")


def injection_templates(release: str) -> dict[str, str]:
    """Returns the templates of a release such as `1.24.3` by name, in the order of the ConfigMap.

    The release is one that the builtin manifests know.
    """
    return dict(_templates(parse(release)))


@lru_cache(maxsize=64)
def _templates(release: Release) -> dict[str, str]:
    facts = _facts(release)
    names: list[str] = facts_of("istiod", str(release).removeprefix("v")).facts["injection_templates"]
    without = set() if facts["otelAttributes"] else {"otel-env"}
    texts = {name: _with_parts(_part(name), without) for name in names}
    return {name: _facts_line(facts, text) + text for name, text in texts.items()}


def _facts_line(facts: Mapping[str, Any], text: str) -> str:
    """Returns what gives a template the facts that it asks for, none where it asks for none."""
    asked = set(_FACT.findall(text))
    used = {name: value for name, value in facts.items() if name in asked}
    return f"{{{{- $facts := fromJSON `{json.dumps(used)}` }}}}\n" if "$facts" in text else ""


@lru_cache(maxsize=1)
def release_facts() -> dict[str, dict[str, Any]]:
    """Returns what a template must know of istiod, by the minor or the patch that it came with, oldest first."""
    known: dict[str, dict[str, Any]] = yaml.load((_FOLDER / "releases.yaml").read_bytes(), yaml.CSafeLoader)
    return known


@lru_cache(maxsize=64)
def template_functions(release: str) -> frozenset[str]:
    """Returns what a template of a release can call: the words of Go's templates, sprig's functions, and istiod's own.

    Source: Go's `text/template`, `TxtFuncMap` of sprig, `createInjectionFuncmap` of the release's `pkg/kube/inject`.
    """
    data = yaml.load((_FOLDER / "functions.yaml").read_bytes(), yaml.CSafeLoader)
    own = [names for since, names in data["injector"].items() if parse(f"{since}.0") <= parse(release)]
    return frozenset(name for names in (data["go"], data["sprig"], *own) for name in names.split())


def _facts(release: Release) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, own in release_facts().items():
        if parse(name if name.count(".") == 2 else f"{name}.0") <= release:
            facts |= own
    return facts


def _with_parts(text: str, without: set[str]) -> str:
    """Returns a template after the shared definitions that it uses, and those that these use."""
    parts = _definitions()
    used: list[str] = []
    open_names = _USE.findall(text)
    while open_names:
        name = open_names.pop(0)
        if name in parts and name not in used and name not in without:
            used.append(name)
            open_names += _USE.findall(parts[name])
    return "".join(parts[name] for name in parts if name in used) + text


@lru_cache(maxsize=1)
def _definitions() -> dict[str, str]:
    """Returns the shared definitions by name, as they follow each other."""
    result: dict[str, str] = {}
    for part in _PARTS:
        _, *pieces = _DEFINITION.split(_part(part))
        result |= dict(zip(pieces[::2], pieces[1::2], strict=True))
    return result


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

"""What is rendered for a delivery comes back from an API server as it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.kubernetes.atomic_defaults import atomic_defaults
from render.manifests.builtin import render_json
from render.manifests.delivery import delivered_text
from render.operations.template.run import INSTALLED
from render.specs import releases
from tests.support.value_sets import value_sets

DATA: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("read_back.yaml").read_text())
WRITTEN: dict[str, dict[str, list[float]]] = DATA["written"]
OF_ARGO_CD = frozenset(DATA["of_argo_cd"])  # `Deployment spec.template.spec.containers[].resources.limits.cpu`
RENDERED = tuple(
    (component, minor, releases.resolve(f"v{minor}-latest").removeprefix("v"))
    for component in INSTALLED
    for minor in releases.minors()
)


def field_name(path: tuple[str | int, ...]) -> str:
    """Returns a path as the data has it: entries of lists without a number."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


@pytest.mark.parametrize("minor", releases.minors())
def test_every_field_that_the_server_fills_in_for_good_is_written(minor: str) -> None:
    left_out: dict[str, set[str]] = {}
    for component in (one for one, at, _ in RENDERED if at == minor):
        for text in rendered(component, minor):
            missing = {one.field for one in atomic_defaults(json.loads(text))}
            for field in missing:
                left_out.setdefault(field, set()).add(component)
            assert delivered_text("none", text) is text
            delivered = delivered_text("argocd", text)
            assert list(atomic_defaults(json.loads(delivered))) == []
            assert missing or delivered is text
    assert left_out == {
        field: here for field, of in WRITTEN.items() if (here := {name for name in of if float(minor) in of[name]})
    }


def rendered(component: str, minor: str) -> list[str]:
    version = next(version for name, at, version in RENDERED if (name, at) == (component, minor))
    texts = []
    for values in value_sets(component, minor):
        try:
            texts += render_json(component, version, values.release, values.namespace, values.values)
        except InputError:
            continue
    return list(dict.fromkeys(texts))

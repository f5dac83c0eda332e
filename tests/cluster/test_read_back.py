"""What an API server gives back of what is rendered, in the fields that are applied as a whole.

Of those, a host that computes a difference without asking the server finds every one that comes back otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from render.errors import InputError
from render.manifests.builtin import render_component
from render.manifests.delivery import delivered_text
from tests.manifests.test_read_back import OF_ARGO_CD, RENDERED, field_name
from tests.support.cluster.api import DELIVERER, Api, Refused
from tests.support.cluster.definitions import define_networks
from tests.support.cluster.pods import namespace
from tests.support.value_sets import value_sets

Path = tuple[str | int, ...]


def test_what_comes_back_otherwise_is_what_argo_cd_fills_in_itself(cluster: Api) -> None:
    define_networks(cluster)
    changed: set[str] = set()
    spaces: set[str] = set()
    for text in {delivered_text("argocd", text) for text in rendered()}:
        obj = json.loads(text)
        if (space := obj["metadata"].get("namespace", "default")) not in spaces | {"default"}:
            cluster.apply(namespace(space))
            spaces.add(space)
        try:
            back = cluster.apply(obj, dry_run=True)
        except Refused:  # tests/cluster/test_apply.py says of what
            continue
        changed |= {f"{obj['kind']} {field_name(path)}" for path in changed_fields(obj, back)}
    assert changed == OF_ARGO_CD


def rendered() -> Iterator[str]:
    for component, minor, version in RENDERED:
        for values in value_sets(component, minor):
            try:
                objects = render_component(component, version, values.release, values.namespace, values.values)
            except InputError:
                continue
            yield from map(json.dumps, objects)


def changed_fields(applied: Mapping[str, Any], back: Mapping[str, Any]) -> Iterator[Path]:
    """Yields the paths that came back otherwise below the fields that are the applier's as a whole."""
    (entry,) = [one for one in back["metadata"]["managedFields"] if one["manager"] == DELIVERER]
    yield from _owned(entry["fieldsV1"], applied, back, ())


def _owned(owned: Mapping[str, Any], applied: Any, back: Any, at: Path) -> Iterator[Path]:
    steps = {step: inner for step, inner in owned.items() if step != "."}
    if not steps:
        yield from _differences(applied, back, at)
    for step, inner in steps.items():
        sort, _, name = step.partition(":")
        if sort == "f" and name in applied:  # a map that is empty is owned and not given back
            yield from _owned(inner, applied[name], back.get(name), (*at, name))
        elif sort == "k":
            keys = json.loads(name)
            yield from _owned(inner, _entry(applied, keys), _entry(back, keys), (*at, 0))


def _entry(entries: list[Any], keys: Mapping[str, Any]) -> Any:
    """Returns the entry with these keys. What it leaves out is as Kubernetes has it: a port is one of TCP."""
    return next(one for one in entries if all(one.get(key, "TCP") == value for key, value in keys.items()))


def _differences(applied: Any, back: Any, at: Path) -> Iterator[Path]:
    if isinstance(applied, dict) and isinstance(back, dict):
        for key in {**applied, **back}:
            yield from _differences(applied.get(key), back.get(key), (*at, key))
    elif isinstance(applied, list) and isinstance(back, list) and len(applied) == len(back):
        for one, other in zip(applied, back, strict=True):
            yield from _differences(one, other, (*at, 0))
    elif applied != back:
        yield at

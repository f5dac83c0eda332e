"""What an API server would refuse of a cluster's objects, led back to the specs that asked for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from render.areas import CNI, EXTRA, TAGS, ZTUNNEL
from render.kubernetes.check import refusals
from render.kubernetes.refusal import Path, Refusal
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle
from render.messages import FieldPath, count, field_text
from render.plan.cluster import ClusterPlan
from render.yamlio.location import value_at

CODE = "MR260"
_VALUES: FieldPath = ("spec", "values")
_NAME: FieldPath = ("metadata", "name")


def api_server_problems(plan: ClusterPlan, bundles: Iterable[Bundle]) -> list[Problem]:
    """Returns an error for each field of a spec or of an object of the overlays that an API server refuses.

    Where the field of the spec cannot be told, it is the spec's values as a whole; the message names the object and its
    field. What several objects are refused for is said once.
    """
    found: dict[tuple[str, FieldPath, str], tuple[Resource, list[str]]] = {}
    for bundle in bundles:
        if bundle.role == "component":  # patches of the owners' objects
            continue
        specs = _specs(plan, bundle)
        for index, manifest in enumerate(bundle.manifests):
            for refusal in _refusals(manifest.json):
                if bundle.folder == EXTRA:
                    resource, path, fields = plan.specs.extra[index], refusal.path, []
                else:
                    resource, path = _cause(specs, json.loads(manifest.json), refusal)
                    fields = [f"{manifest.kind} {manifest.name}: {field_text(refusal.path)}"]
                found.setdefault((resource.title, path, refusal.message), (resource, []))[1].extend(fields)
    return [
        Problem(CODE, _message(message, fields), resource, path)
        for (_, path, message), (resource, fields) in found.items()
    ]


@lru_cache(maxsize=4096)
def _refusals(text: str) -> tuple[Refusal, ...]:
    """The refusals of an object by its JSON text: clusters that have the same share one look."""
    return tuple(refusals(json.loads(text)))


def _message(message: str, fields: list[str]) -> str:
    if not fields:
        return f"{message} (an API server would refuse the object)"
    others = f" and {count(len(fields) - 1, 'more field')}" if len(fields) > 1 else ""
    return f"an API server would refuse {fields[0]}{others}: {message}"


def _specs(plan: ClusterPlan, bundle: Bundle) -> list[Resource]:
    """Returns the specs that a bundle comes from, the one that asked for it first."""
    agent = {CNI: plan.cni, ZTUNNEL: plan.ztunnel}.get(bundle.folder)
    revisions = [bundle.revision.name] if bundle.revision else []
    own = [agent.spec.resource] if agent else []
    if agent and agent.revision:
        revisions.append(agent.revision)
    for tag in plan.tags:
        if bundle.folder == f"{TAGS}/{tag.name}":
            own += [spec.resource for spec in plan.specs.tags if spec.name == tag.name]
            revisions.append(tag.revision)
    own += [one.namespace.resource for one in plan.namespaces if bundle.folder.startswith("namespaces")]
    if not revisions and not own:  # what all revisions share
        revisions = [revision.name for revision in plan.revisions]
    asked = [resource for name in revisions if (resource := plan.revision(name).resource)]
    return [*own, *asked] or [plan.specs.cluster.resource]


def _cause(specs: list[Resource], obj: Mapping[str, Any], refusal: Refusal) -> tuple[Resource, FieldPath]:
    """Returns the spec and the path in it that led to the refused field.

    That is the place in the values which holds the same as the field, or as the smallest part of the object around it
    that the values have too; among several the one with the most names in common. A text in which the spec's name
    stands comes from the name.
    """
    for cut in range(len(refusal.path), 0, -1):
        path, rest = refusal.path[:cut], refusal.path[cut:]
        value = value_at(obj, *path)
        if value is None or (value == {} and cut < len(refusal.path)):
            continue
        for spec in specs:
            place = _place(value_at(spec.data, *_VALUES), path, value)
            if place is not None:
                return spec, (*_VALUES, *place, *rest)
        if isinstance(value, str) and cut == len(refusal.path):
            named = next((spec for spec in specs if len(spec.name) > 1 and spec.name in value), None)
            if named:
                return named, _NAME
    return specs[0], _VALUES if "values" in (specs[0].data.get("spec") or {}) else ()


def _place(values: Any, path: Path, value: Any) -> FieldPath | None:
    """Returns the path below the values that holds a value, the one that is called most like `path`; None where there
    is none, or where it is too common a value to be told by itself."""
    best: tuple[int, FieldPath] | None = None
    total = 0
    names = [step for step in path if isinstance(step, str)]
    for place, there in _places(values):
        if _is_same(there, value):
            total += 1
            score = _in_common([step for step in place if isinstance(step, str)], names)
            if best is None or score > best[0]:
                best = score, place
    if best is None or (best[0] == 0 and (total > 1 or (value == "" or isinstance(value, bool)))):
        return None
    return best[1]


def _is_same(there: Any, value: Any) -> bool:
    """Returns whether values hold what an object has: what is a text in one may be a number in the other."""
    if isinstance(value, str) != isinstance(there, str):
        return (
            isinstance(value, str | int | float) and isinstance(there, str | int | float) and str(there) == str(value)
        )
    return type(there) is type(value) and bool(there == value)


def _in_common(one: list[str], other: list[str]) -> int:
    """Returns how many names both paths have, the last one counting twice."""
    return len(set(one) & set(other)) + 2 * (one[-1:] == other[-1:])


def _places(data: Any, at: FieldPath = ()) -> Iterator[tuple[FieldPath, Any]]:
    yield at, data
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _places(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _places(value, (*at, index))

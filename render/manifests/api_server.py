"""What an API server would refuse of a cluster's objects, led back to the specs that asked for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from render.areas import CNI, EXTRA, GATEWAYS, TAGS, ZTUNNEL
from render.kubernetes.check import refusals
from render.kubernetes.refusal import Path, Refusal
from render.kubernetes.sops import is_encrypted
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle
from render.manifests.istio_operator.bundles import operator_title
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
    data = json.loads(text)
    return () if is_encrypted(data) else tuple(refusals(data))


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
    own += [one.resource for one in plan.specs.operators if bundle.why == operator_title(one)]
    if agent and agent.revision:
        revisions.append(agent.revision)
    for tag in plan.tags:
        if bundle.folder == f"{TAGS}/{tag.name}":
            own += [spec.resource for spec in plan.specs.tags if spec.name == tag.name]
            revisions.append(tag.revision)
    own += [one.spec.resource for one in plan.mesh_gateways if bundle.folder == f"{GATEWAYS}/{one.name}"]
    own += [one.namespace.resource for one in plan.namespaces if bundle.folder.startswith("namespaces")]
    if not revisions and not own:  # what all revisions share
        revisions = [revision.name for revision in plan.revisions]
    asked = [one.resource for name in revisions for one in plan.revisions if one.name == name and one.resource]
    return [*own, *asked] or [plan.specs.cluster.resource]


def _cause(specs: list[Resource], obj: Mapping[str, Any], refusal: Refusal) -> tuple[Resource, FieldPath]:
    """Returns the spec and the path in it that led to the refused field, or to one that it depends on.

    That is the place in the values which holds the same as the field, or as the smallest part of the object around it
    that the values have too; among several the one with the most names in common. Where nothing holds the same, because
    the field is not there or was written in another way, it is the place that is called the same. A text in which the
    spec's name stands comes from the name.
    """
    for path in (refusal.path, *refusal.beside):
        found = _by_value(specs, obj, path) or _by_name(specs, path) or _list(specs, path)
        if found:
            return found
    return specs[0], _VALUES if "values" in (specs[0].data.get("spec") or {}) else ()


def _by_value(specs: list[Resource], obj: Mapping[str, Any], refused: Path) -> tuple[Resource, FieldPath] | None:
    for cut in range(len(refused), 0, -1):
        path, rest = refused[:cut], refused[cut:]
        value = value_at(obj, *path)
        if value is None or (value == {} and cut < len(refused)):
            continue
        for spec in specs:
            place = _place(value_at(spec.data, *_VALUES), path, value)
            if place is not None:
                return spec, (*_VALUES, *place, *rest)
        if isinstance(value, str) and not rest:
            named = next((spec for spec in specs if len(spec.name) > 1 and spec.name in value), None)
            if named:
                return named, _NAME
            key = _by_last_name(specs, value)
            if key:
                return key
    return None


def _by_name(specs: list[Resource], refused: Path) -> tuple[Resource, FieldPath] | None:
    """Returns the place in the values whose path ends with the most names of the refused one's end, two at least."""
    names = [step for step in refused if isinstance(step, str)]
    best: tuple[int, Resource, FieldPath] | None = None
    for spec in specs:
        for place, _ in _places(value_at(spec.data, *_VALUES)):
            common = _common_end([step for step in place if isinstance(step, str)], names)
            if common > 1 and (best is None or common > best[0]):
                best = common, spec, (*_VALUES, *place)
    return best[1:] if best else None


def _list(specs: list[Resource], refused: Path) -> tuple[Resource, FieldPath] | None:
    """Returns the one place in the values that is called as the list in which the refused field is."""
    lists = [name for name, step in pairwise(refused) if isinstance(step, int)]
    return _by_last_name(specs, str(lists[-1])) if lists else None


def _by_last_name(specs: list[Resource], name: str) -> tuple[Resource, FieldPath] | None:
    """Returns the one place in the values of this name; `env` has variables by their names."""
    found = [
        (spec, (*_VALUES, *place))
        for spec in specs
        for place, _ in _places(value_at(spec.data, *_VALUES))
        if place[-1:] == (name,)
    ]
    return found[0] if len(found) == 1 else None


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
    if best is None or (best[0] == 0 and (total > 1 or (value in ("", {}, []) or isinstance(value, bool)))):
        return None
    return best[1]


def _is_same(there: Any, value: Any) -> bool:
    """Returns whether values hold what an object has: what is a text in one may be a number in the other, and white
    space around it may be gone."""
    if isinstance(there, bool) or isinstance(value, bool):
        return there is value or (isinstance(value, str) and value == str(there).lower())
    if isinstance(value, str) or isinstance(there, str):
        is_plain = isinstance(value, str | int | float) and isinstance(there, str | int | float)
        return is_plain and str(there).strip() == str(value).strip()
    if isinstance(value, int | float) and isinstance(there, int | float):
        return there == value
    return type(there) is type(value) and bool(there == value)


def _in_common(one: list[str], other: list[str]) -> int:
    """Returns how many names both paths have, the last one counting twice."""
    is_alike = bool(one and other) and _is_alike(one[-1].lower(), other[-1].lower())
    return len(set(one) & set(other)) + 2 * is_alike


def _is_alike(one: str, other: str) -> bool:
    """Returns whether names are the same, or one is the end of the other, as `rollingMaxSurge` of `maxSurge`."""
    return one == other or (min(len(one), len(other)) > 4 and (one.endswith(other) or other.endswith(one)))


def _common_end(one: list[str], other: list[str]) -> int:
    """Returns how many names both paths end with."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((index for index, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def _places(data: Any, at: FieldPath = ()) -> Iterator[tuple[FieldPath, Any]]:
    yield at, data
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _places(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _places(value, (*at, index))

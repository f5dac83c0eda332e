"""One object, checked: what it is to meshrev, its typed spec, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.messages import did_you_mean, value_text
from render.specs import build, rules, schema
from render.specs.fleet_releases import Catalog, builtin_catalog
from render.specs.istio_operator.check import fleet_problems
from render.specs.mesh_gateway import mesh_gateway
from render.specs.required_version import NOT_MET
from render.specs.rules import NAME, Validation
from render.specs.values.check import UNKNOWN, UNREAD

Identity = tuple[str, str, str, str]
"""Group, kind, namespace and name: no two objects of a cluster share it. The version of the API does not count,
and neither does a namespace on a kind of ours, which all belong to the cluster."""


@dataclass(frozen=True, slots=True)
class CheckedObject:
    """`kind` is set where meshrev reads the object, and None for one that it passes through.

    `spec` is the object as a dataclass of `kinds.py`; None for one passed through, or with a mistake that is an error.
    """

    resource: Resource
    identity: Identity
    kind: str | None
    spec: Any
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    build: Callable[[Resource], Any]
    rules: tuple[Validation, ...] = ()


_SAIL = "sailoperator.io"
_MESHREV = "meshrev.io"
_ISTIOCTL = "install.istio.io"

_KINDS: dict[tuple[str, str], _Kind | None] = {
    (f"{_SAIL}/v1", "Istio"): _Kind(build.istio, rules.ISTIO),
    (f"{_SAIL}/v1", "IstioRevision"): _Kind(build.istio_revision, rules.ISTIO_REVISION),
    (f"{_SAIL}/v1", "IstioRevisionTag"): _Kind(build.istio_revision_tag, rules.ISTIO_REVISION_TAG),
    (f"{_SAIL}/v1", "IstioCNI"): _Kind(build.istio_cni, rules.NODE_AGENT),
    (f"{_SAIL}/v1", "ZTunnel"): _Kind(build.ztunnel, rules.NODE_AGENT),
    (f"{_ISTIOCTL}/v1alpha1", "IstioOperator"): _Kind(
        build.istio_operator, (Validation(((),), fleet_problems), rules.OWN_SOURCE)
    ),
    (f"{_MESHREV}/v1alpha1", "Fleet"): _Kind(build.fleet, rules.FLEET),
    (f"{_MESHREV}/v1alpha1", "Cluster"): _Kind(build.cluster, rules.CLUSTER),
    (f"{_MESHREV}/v1alpha1", "MeshGateway"): _Kind(mesh_gateway, rules.MESH_GATEWAY),
    (f"{_MESHREV}/v1alpha1", "RevisionRollout"): None,  # see `_kind`
    ("v1", "Namespace"): _Kind(build.namespace),
}


def _kind(resource: Resource) -> _Kind | None:
    """Returns what is known of the resource's kind, None where it is passed through. Rollouts are seldom read, and
    their types take longer to load than all other rules."""
    key = resource.api_version, resource.kind
    if key == (f"{_MESHREV}/v1alpha1", "RevisionRollout"):
        from render.specs.rollout.build import revision_rollout
        from render.specs.rollout.rules import REVISION_ROLLOUT

        return _Kind(revision_rollout, REVISION_ROLLOUT)
    return _KINDS.get(key)


# What this program may not know of a value that a vendored chart reads.
_OF_VALUES = (UNKNOWN, UNREAD)

# Groups of which meshrev reads every kind, with the version that it reads.
_GROUPS = {_SAIL: f"{_SAIL}/v1", _MESHREV: f"{_MESHREV}/v1alpha1", _ISTIOCTL: f"{_ISTIOCTL}/v1alpha1"}


def check(
    resource: Resource,
    *,
    allow_unknown_values: bool = False,
    any_program: bool = False,
    known: Catalog | None = None,
) -> CheckedObject:
    """Returns what an object is, and every mistake in it that can be seen without looking at another.

    Values that nobody knows are warnings where they are allowed, else errors. With `any_program` an object may require
    another version of meshrev than this one. `known` is what the fleet adds to the releases and values of this program.
    """
    known = known or builtin_catalog()
    kind = _kind(resource)
    if kind is None:
        identity = (resource.group, resource.kind, resource.namespace, resource.name)
        return CheckedObject(resource, identity, None, None, _of(resource, _passed_through(resource)))
    problems = schema.problems(resource.kind, known.stand_in(resource.data), known.releases)
    problems += rules.rule_problems(kind.rules, known.with_release(resource.data), tuple(problems))
    problems = [
        problem for problem in problems if not (problem.code in _OF_VALUES and known.reads(resource.data, problem.path))
    ]
    if any_program:
        problems = [problem for problem in problems if problem.code != NOT_MET]
    if allow_unknown_values:
        problems = [
            replace(problem, severity="warning") if problem.code == UNKNOWN else problem for problem in problems
        ]
    wrong = any(problem.severity == "error" for problem in problems)
    return CheckedObject(
        resource,
        (resource.group, resource.kind, "", resource.name),
        resource.kind,
        None if wrong else kind.build(resource),
        _of(resource, problems),
    )


def _of(resource: Resource, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(replace(problem, resource=resource) for problem in problems)


def _passed_through(resource: Resource) -> Iterator[Problem]:
    group, kind = resource.group, resource.kind
    if group in _GROUPS:
        yield from _wrong_type_of_ours(resource)
    else:
        yield from _unreadable_name(resource)
        if kind in _OF_SAIL:
            message = f"is passed through as it is: meshrev reads a {kind} of {_GROUPS[_SAIL]} only"
            yield Problem("MR046", message, path=("apiVersion",), severity="warning")
    if (resource.api_version, kind) == ("v1", "Secret"):
        yield from rules.rule_problems(rules.SECRET, resource.data, ())


_OF_SAIL = frozenset(kind for version, kind in _KINDS if version == _GROUPS[_SAIL])


def _wrong_type_of_ours(resource: Resource) -> Iterator[Problem]:
    version = _GROUPS[resource.group]
    kinds = [kind for of, kind in _KINDS if of == version]
    if resource.kind not in kinds:
        guess = did_you_mean(resource.kind, kinds) or f" (known: {', '.join(kinds)})"
        yield Problem("MR046", f"{value_text(resource.kind)} is not a kind of {resource.group}{guess}", path=("kind",))
    if resource.api_version != version:
        yield Problem("MR046", f"{value_text(resource.api_version)} is not read: use {version}", path=("apiVersion",))


def _unreadable_name(resource: Resource) -> Iterator[Problem]:
    """No kind of Kubernetes may be called so: its name is a part of a URL's path (path segment names)."""
    name = (resource.data.get("metadata") or {}).get("name")
    if name is None:
        yield Problem("MR042", "is missing", path=NAME)
    elif not isinstance(name, str):
        yield Problem("MR041", f"expected text, found {value_text(name)} (put it in quotes)", path=NAME)
    elif name in ("", ".", "..") or "/" in name or "%" in name:
        yield Problem(
            "MR045", f"{value_text(name)} is not a name: not empty, no '/', no '%', not '.' or '..'", path=NAME
        )

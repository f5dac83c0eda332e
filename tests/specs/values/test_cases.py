"""The files of known values agree with Sail's API, with the conformance cases and with the charts' defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from render.kustomize.problem import Problem
from render.manifests.builtin.facts import facts_of
from render.specs import releases
from render.specs.values.check import check_values
from render.specs.values.names import FOLDER, SUBJECTS, Name, mesh_names, names_of, tree
from render.specs.values.release_ranges import ALWAYS, NEVER, parse_ranges
from render.specs.values.types import TYPES
from tests.support.cases import VERSIONS, case_text, chart_cases
from tests.support.crd_schemas import definition, needs_crds

PLURALS = {"Istio": "istios", "IstioRevision": "istiorevisions", "IstioCNI": "istiocnis", "ZTunnel": "ztunnels"}

# Where Sail's API would have values of a component: what `check_values` calls it, and where its own settings are.
SAIL = {"istiod": ("Istio", "pilot"), "cni": ("IstioCNI", "cni"), "ztunnel": ("ZTunnel", "ztunnel")}

# Kubernetes' own types, which are not looked into; Sail's API has the selector of waypoints as another type than the
# map that the charts print.
FREE = {"affinity", "autoscaleBehavior", "dnsConfig", "lifecycle", "seccompProfile", "seLinuxOptions", "updateStrategy"}
SELECTOR = ("global", "waypoint", "nodeSelector")

# An API type, by what our files may call it. `env` is more lenient: the charts put its values in quotes.
SAME = {
    "string": {"text"},
    "integer": {"integer"},
    "number": {"number"},
    "boolean": {"boolean"},
    "size": {"size"},
    "array of string": {"text-list"},
    "array of object": {"map-list", "list"},
    "map of string": {"text-map", "scalar-map"},
    "object": {"map"},
    "any": {"any", "map"},
}


def cases() -> list[Any]:
    """Every rendering case, without the objects."""
    found = []
    for version in VERSIONS:
        for case in chart_cases(version, "flips") + chart_cases(version, "named"):
            changed = [*case.get("changed", ()), *case.get("removed", ())]
            found.append({**case, "changed": changed, "objects": None})
    return found


all_cases = cache(cases)


def test_no_case_has_an_unknown_name() -> None:
    unknown = [(case["version"], case["case"], problem) for case, problem in mistakes_of_cases("MR052")]
    assert unknown == []


@needs_crds
def test_what_is_a_wrong_type_in_a_case_is_one_to_sail_too() -> None:
    found = mistakes_of_cases("MR053")
    accepted = [(case["case"], problem) for case, problem in found if not sail_rejects(case, problem)]
    assert found
    assert accepted == []


def test_what_changes_the_objects_is_never_called_unread() -> None:
    """The injector's ConfigMap holds all of `global` and some more, read or not: it does not count."""
    wrong = [
        (case["version"], case["case"], problem.message)
        for case, problem in mistakes_of_cases("MR054")
        if case["case"].startswith("flip:") and any(not is_injector(changed) for changed in case["changed"])
    ]
    assert wrong == []


def test_values_of_operator_documents_are_known() -> None:
    data = json.loads(case_text("iop-inputs.json"))
    specs = [(document or {}).get("spec") or {} for case in data["cases"] for document in case["input"]["documents"]]
    values = [spec["values"] for spec in specs if spec.get("values")]
    assert values
    for given in values:
        for version in ("1.24.3", "1.30.3"):
            assert check_values("IstioOperator", version, given) == []


@pytest.mark.parametrize("component", ["istiod", "base", "cni", "ztunnel", "gateway", "ingress", "egress"])
def test_the_defaults_of_every_release_are_known_and_of_the_right_type(component: str) -> None:
    for version in releases.known_versions(aliases=False):
        problems = check_values(component, version, facts_of(component, version).values)
        assert [problem for problem in problems if problem.severity == "error"] == [], version


@needs_crds
@pytest.mark.parametrize("kind", PLURALS)
def test_every_name_of_sails_api_is_known_with_its_type(kind: str) -> None:
    for path, type_ in api_names(api_values(kind)):
        if path[0] == "meshConfig":
            assert path[1] in mesh_names()
        elif path[:3] == SELECTOR:
            assert follow(tree(kind), SELECTOR).type == "text-map"
        elif free := [at for at, step in enumerate(path) if step in FREE]:
            assert follow(tree(kind), path[: free[0] + 1]).type == "map"
        else:
            assert follow(tree(kind), path).type in SAME[type_], (path, type_)


@needs_crds
@pytest.mark.parametrize("kind", ["Istio", "IstioCNI", "ZTunnel"])
def test_sails_api_has_every_name_that_is_said_to_be_of_it(kind: str) -> None:
    schema = api_values(kind)
    for path in leaf_paths(names_of("sail")[kind]):
        assert at_api(schema, path), path
    assert mesh_names() <= set(api_values("Istio")["properties"]["meshConfig"]["properties"])


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_the_files_name_types_and_releases_that_there_are(file: Path) -> None:
    text = json.loads(file.read_text())
    assert json.dumps(text, indent=1) + "\n" == file.read_text(), "keep one name a line"
    if file.stem == "mesh":
        assert text == sorted(text)
        return
    for entry in entries(text):
        type_, _, read = entry.partition(" ")
        assert type_ in {"resources", *TYPES}, entry
        spans = parse_ranges(read)
        assert all(start < end for start, end in spans), entry
        assert all(one[1] < two[0] for one, two in pairwise(spans)), entry
        assert spans in (ALWAYS, NEVER) or all(known_release(end) for span in read.split() for end in span.split(".."))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_has_names_that_are_read(subject: str) -> None:
    assert any(leaf.read for leaf in tree(subject).leaves())


def mistakes_of_cases(code: str) -> list[tuple[dict[str, Any], Problem]]:
    return [
        (case, problem)
        for case in all_cases()
        for problem in check_values(case["component"], case["version"], case["values"])
        if problem.code == code
    ]


def is_injector(changed: Any) -> bool:
    name = changed["metadata"]["name"] if isinstance(changed, dict) else changed.rpartition("/")[2]
    return str(name).startswith(("istio-sidecar-injector", "values"))


def sail_rejects(case: Mapping[str, Any], problem: Problem) -> bool:
    """Is the value at the mistake's place of a type that Sail's API does not take there?"""
    kind, own = SAIL.get(case["component"], ("Istio", ""))
    path = tuple(map(str, problem.path))
    schema = at_api(api_values(kind), path) or at_api(api_values(kind), (own, *path))
    value: Any = case["values"]
    for step in problem.path:
        value = value[step]
    types = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list, "object": dict}
    return schema is not None and not isinstance(value, types[schema["type"]])


def at_api(schema: Mapping[str, Any] | None, path: tuple[str, ...]) -> Mapping[str, Any] | None:
    for step in path:
        if schema is None:
            return None
        if schema.get("type") == "array":
            schema = schema["items"]
        else:
            below = schema.get("additionalProperties")
            schema = schema.get("properties", {}).get(step) or (below if isinstance(below, dict) else None)
    return schema


@cache
def api_values(kind: str) -> dict[str, Any]:
    spec = definition(f"sail-sailoperator.io_{PLURALS[kind]}.yaml")
    (version,) = [version for version in spec["versions"] if version["name"] == "v1"]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["values"]
    return found


def api_names(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The paths of an API's schema that take a value, each with its type."""
    for name, below in schema.get("properties", {}).items():
        here = (*path, name)
        if below.get("x-kubernetes-int-or-string"):
            yield here, "size"
        elif below.get("x-kubernetes-preserve-unknown-fields"):
            yield here, "any"
        elif below["type"] == "array":
            yield here, f"array of {below['items']['type']}"
        elif below["type"] != "object":
            yield here, below["type"]
        elif below.get("additionalProperties", {}).get("type") == "string":
            yield here, "map of string"
        elif "properties" in below:
            yield from api_names(below, here)
        else:
            yield here, "object"


def follow(name: Name, path: tuple[str, ...]) -> Name:
    for step in path:
        assert name.names is not None, path
        assert step in name.names, path
        name = name.names[step]
    return name


def leaf_paths(names: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, below in names.items():
        if isinstance(below, dict):
            yield from leaf_paths(below, (*path, name))
        else:
            yield (*path, name)


def entries(names: Mapping[str, Any]) -> Iterator[str]:
    for name, below in names.items():
        if name in ("own_at", "lifted"):
            yield from (f"any {span}" for span in below.values())
        elif isinstance(below, dict):
            yield from entries(below)
        elif name != "own_in_spec":
            yield below


def known_release(version: str) -> bool:
    return (
        not version
        or f"v{version}" in releases.known_versions(aliases=False)
        or f"v{version}.0" in releases.known_versions()
    )

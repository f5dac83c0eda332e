"""Patches that nobody thought of give what the real Kustomize makes of them.

Each example is many small folders at once, one object and one patch each: Kustomize takes a second to start.
Patches that meshrev refuses are left out; that it refuses few, and says why, is tested too.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.support.programs.kustomize import built_by_kubectl, comparable, needs_kubectl

AT_ONCE = 60
quickly = settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

DEPLOYMENT: Any = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"labels": {"app": "istiod"}, "finalizers": ["example.com/a"]},
    "spec": {
        "replicas": 1,
        "nothing": None,
        "selector": {"matchLabels": {"app": "istiod"}},
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "discovery",
                        "image": "pilot:1",
                        "args": ["discovery", "-v"],
                        "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": None}],
                        "volumeMounts": [{"mountPath": "/a", "name": "v"}, {"mountPath": "/b", "name": "w"}],
                    },
                    {"name": "proxy", "resources": {}, "ports": [{"containerPort": 15090}, {"containerPort": 15021}]},
                ],
                "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "istio"}}],
                "tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b"}],
                "topologySpreadConstraints": [
                    {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}
                ],
            }
        },
    },
}
SERVICE: Any = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"labels": {"app": "istiod", "number": "1"}},
    "spec": {
        "selector": {"app": "istiod"},
        "clusterIP": None,
        "ports": [{"port": 15010, "name": "grpc"}, {"port": 53, "protocol": "UDP"}, {"port": 443, "protocol": "TCP"}],
        "externalIPs": ["10.0.0.1", "10.0.0.2"],
    },
}
WEBHOOKS: Any = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "MutatingWebhookConfiguration",
    "metadata": {},
    "webhooks": [
        {
            "name": "rev.namespace.istio.io",
            "clientConfig": {"url": "https://istiod", "caBundle": None},
            "rules": [{"operations": ["CREATE"], "resources": ["pods"]}],
            "namespaceSelector": {"matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": ["a"]}]},
        },
        {"name": "object.istio.io", "sideEffects": "None"},
    ],
}
ISTIO: Any = {
    "apiVersion": "sailoperator.io/v1",
    "kind": "Istio",
    "metadata": {"finalizers": ["a"]},
    "spec": {
        "version": "v1.24.2",
        "values": {
            "pilot": {"env": {"A": "1", "B": None}, "autoscaleMin": 2, "traceSampling": 1.5, "cni": {"enabled": True}},
            "meshConfig": {"extensionProviders": [{"name": "one"}, {"name": "two", "zipkin": {}}], "rootNamespace": ""},
        },
    },
}
OBJECTS = [DEPLOYMENT, SERVICE, WEBHOOKS, ISTIO]
KEYS = ("name", "containerPort", "protocol", "port", "mountPath", "topologyKey", "whenUnsatisfiable")


class Examples(list[tuple[Any, Any]]):
    """Objects with a patch each; the message of a failure holds the one that failed, not all."""

    def __repr__(self) -> str:
        return f"{len(self)} examples"


scalars = st.one_of(
    st.sampled_from(["", "text", "yes", "1", "null", "a: b"]), st.booleans(), st.integers(-5, 5), st.just(1.5)
)
additions = st.recursive(
    st.one_of(scalars, st.none()),
    lambda inner: st.one_of(
        st.lists(inner.filter(lambda value: value is not None), max_size=3),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def mapping_patches(draw: st.DrawFn, target: Any) -> Any:
    """A merge patch for a mapping: parts of it, deeper patches, nulls, new fields, now and then a directive."""
    patch = {key: draw(patches(value)) for key, value in target.items() if draw(st.integers(0, 2))}
    if not draw(st.integers(0, 4)):
        patch[draw(st.sampled_from(["added", "other"]))] = draw(additions)
    if not draw(st.integers(0, 11)):
        patch["$patch"] = draw(st.sampled_from(["replace", "merge", "delete"]))
    return patch


@st.composite
def list_patches(draw: st.DrawFn, target: Any) -> Any:
    """A merge patch for a list of mappings: some of its elements, patched or deleted, and new ones."""
    found = []
    for item in target:
        keys = {key: item[key] for key in KEYS if key in item}
        if draw(st.booleans()):
            rest = {key: value for key, value in item.items() if key not in keys}
            found.append({**draw(mapping_patches(rest)), **keys})
    for number in draw(st.lists(st.integers(1, 4), max_size=2, unique=True)):
        found.append({"name": f"new{number}", "port": number, "containerPort": number, "mountPath": f"/{number}"})
    if not draw(st.integers(0, 9)):
        found.append({"$patch": draw(st.sampled_from(["replace", "merge", "delete"]))})
    return draw(st.permutations(found))


def patches(target: Any) -> st.SearchStrategy[Any]:
    if isinstance(target, dict):
        return st.one_of(mapping_patches(target), mapping_patches(target), st.none())
    if isinstance(target, list) and target and isinstance(target[0], dict):
        return list_patches(target)
    if isinstance(target, list):
        return st.lists(st.sampled_from(["x", "y", *target]), max_size=3, unique=True)
    return st.one_of(scalars, st.none())


@st.composite
def merges(draw: st.DrawFn) -> tuple[Any, Any]:
    """An object, and a merge patch for it."""
    target = draw(st.sampled_from(OBJECTS))
    body = {key: value for key, value in target.items() if key not in ("apiVersion", "kind")}
    patch = draw(mapping_patches(body))
    metadata = patch.get("metadata") or {}
    return target, {**patch, "apiVersion": target["apiVersion"], "kind": target["kind"], "metadata": metadata}


def paths(value: Any, path: str = "") -> list[str]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += paths(item, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += paths(item, f"{path}/{index}")
    return found


@st.composite
def operations(draw: st.DrawFn) -> tuple[Any, Any]:
    """An object, and a JSON patch of a few operations on paths that it has, or nearly has.

    Not for kinds in which Kustomize looks for names of other objects: it fails where it finds no names there.
    """
    target = draw(st.sampled_from([SERVICE, ISTIO]))
    known = [path for path in paths(target) if path not in ("/apiVersion", "/kind", "/metadata")]
    near = st.builds(lambda path, step: path + step, st.sampled_from(known), st.sampled_from(["", "/new", "/0", "/-"]))
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        op = draw(st.sampled_from(["add", "add", "replace", "remove", "move", "copy"]))
        step = {"op": op, "path": draw(st.sampled_from(known) if op in ("replace", "remove") else near)}
        if op in ("add", "replace"):
            step["value"] = draw(additions)
        if op in ("move", "copy"):
            step["from"] = draw(st.sampled_from(known))
        steps.append(step)
    return target, steps


@needs_kubectl
@quickly
@given(st.lists(merges(), min_size=AT_ONCE, max_size=AT_ONCE).map(Examples))
def test_merge_patches_do_what_kustomize_does(examples: Examples) -> None:
    compare(examples, at_least=AT_ONCE // 3)


@needs_kubectl
@quickly
@given(st.lists(operations(), min_size=AT_ONCE, max_size=AT_ONCE).map(Examples))
def test_json_patches_do_what_kustomize_does(examples: Examples) -> None:
    compare(examples, at_least=AT_ONCE // 10)


def compare(examples: Examples, at_least: int) -> None:
    with TemporaryDirectory() as scratch:
        ours = []
        for number, (target, patch) in enumerate(examples):
            write(Path(scratch) / f"example-{number}", target, patch, number)
            try:
                found = build(WorkingTree(Path(scratch)), f"example-{number}", BuildCache())
            except InputError as error:
                assert {finding.code for finding in error.findings} <= {"MR028", "MR029"}, error
                continue
            ours.append((number, comparable([resource.data for resource in found])))
        assert len(ours) >= at_least
        folders = [Path(scratch) / f"example-{number}" for number, _ in ours]
        for (number, mine), theirs in zip(ours, built_by_kubectl(folders, Path(scratch)), strict=True):
            if mine != comparable(theirs):
                pytest.fail(f"patch: {json.dumps(examples[number][1])}\nmeshrev: {mine}\nKustomize: {theirs}")


def write(folder: Path, target: Any, patch: Any, number: int) -> None:
    name = f"example-{number}"
    target = copy.deepcopy(target)
    target["metadata"]["name"] = name
    if isinstance(patch, dict):
        patch = {**patch, "metadata": {**patch["metadata"], "name": name}}
    selector = {"target": {"name": name}} if isinstance(patch, list) else {}
    folder.mkdir()
    (folder / "object.yaml").write_text(json.dumps(target))
    (folder / "patch.yaml").write_text(json.dumps(patch))
    kustomization = {"resources": ["object.yaml"], "patches": [{"path": "patch.yaml", **selector}]}
    (folder / "kustomization.yaml").write_text(json.dumps(kustomization))

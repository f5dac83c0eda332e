"""A field of an object is found where a person wrote it: in the object's file, or in the patch that set it."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.kustomize.build import BuildCache, build
from render.kustomize.read import resources, where
from render.kustomize.reader import Reader, TextReader, WorkingTree
from render.kustomize.resource import Resource
from render.messages import FieldPath

ISTIO = """\
# the control plane
apiVersion: sailoperator.io/v1
kind: Istio
metadata:
  name: default
spec:
  version: v1.24.2
  values:
    pilot:
      env: {A: "1"}
    list: [1, 2]
---
apiVersion: v1
kind: Namespace
metadata:
  name: istio-system
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: istiod
spec:
  template:
    spec:
      containers:
      - name: discovery
        image: pilot:1
      - name: proxy
        image: proxy:1
        env:
        - name: A
          value: a
"""
KUSTOMIZATION = """\
resources:
- ../../base
patches:
- path: istio.yaml
- target:
    kind: Istio
  patch: |-
    # inline, and indented
    - op: add
      path: /spec/values/global
      value:
        meshID: mesh1
        network: eu
    - op: add
      path: /spec/values/list/-
      value: 3
    - op: remove
      path: /spec/values/pilot/env
- patch: |

    apiVersion: v1
    kind: Namespace
    metadata:
      name: istio-system
      labels:
        topology.istio.io/network: eu
- patch: "{apiVersion: v1, kind: Namespace, metadata: {name: istio-system, annotations: {folded: 'yes'}}}"
- path: deployment.yaml
"""
PATCH = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata:
  name: default
spec:
  version: v1.24.3
  profile: null
  values:
    meshConfig:
      accessLogFile: /dev/stdout
"""
DEPLOYMENT_PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: istiod
spec:
  template:
    spec:
      containers:
      - name: new
        image: new:1
      - name: proxy
        image: proxy:2
        env:
        - name: B
          value: b
"""


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    files = {
        "base/kustomization.yaml": "resources: [istio.yaml, deployment.yaml]\n",
        "base/istio.yaml": ISTIO,
        "base/deployment.yaml": DEPLOYMENT,
        "overlays/prod/kustomization.yaml": KUSTOMIZATION,
        "overlays/prod/istio.yaml": PATCH,
        "overlays/prod/deployment.yaml": DEPLOYMENT_PATCH,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return WorkingTree(tmp_path)


def built(reader: Reader, kind: str) -> Resource:
    return next(item for item in build(reader, "overlays/prod", BuildCache()) if item.kind == kind)


def place(reader: Reader, kind: str, *path: str | int) -> str:
    file, line, column = where(built(reader, kind), path, reader)
    return f"{file}:{line}:{column}"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("kind",), "base/istio.yaml:3:1"),
        (("metadata", "name"), "base/istio.yaml:5:3"),
        (("spec", "version"), "overlays/prod/istio.yaml:6:3"),
        (("spec", "values", "meshConfig", "accessLogFile"), "overlays/prod/istio.yaml:10:7"),
        (("spec", "values", "meshConfig", "missing"), "overlays/prod/istio.yaml:9:5"),
        (("spec", "values", "global"), "overlays/prod/kustomization.yaml:10:7"),
        (("spec", "values", "global", "network"), "overlays/prod/kustomization.yaml:13:9"),
        (("spec", "values", "global", "missing"), "overlays/prod/kustomization.yaml:11:7"),
        (("spec", "values", "list", 1), "base/istio.yaml:11:15"),
        (("spec", "values", "list", 2), "overlays/prod/kustomization.yaml:15:7"),
        (("spec", "values", "pilot", "env", "A"), "overlays/prod/kustomization.yaml:18:7"),
        (("spec", "profile"), "overlays/prod/istio.yaml:7:3"),
        (("spec", "namespace"), "base/istio.yaml:6:1"),
        (("status",), "base/istio.yaml:2:1"),
        ((), "base/istio.yaml:2:1"),
    ],
)
def test_a_field_is_found_in_the_last_patch_that_set_it(reader: Reader, path: FieldPath, expected: str) -> None:
    assert place(reader, "Istio", *path) == expected


def test_an_inline_merge_patch_has_lines_of_its_own(reader: Reader) -> None:
    network = ("metadata", "labels", "topology.istio.io/network")
    assert place(reader, "Namespace", *network) == "overlays/prod/kustomization.yaml:26:9"
    assert place(reader, "Namespace", "kind") == "base/istio.yaml:14:1"


def test_an_inline_patch_that_is_no_block_is_found_as_a_whole(reader: Reader) -> None:
    path = ("metadata", "annotations", "folded")
    assert place(reader, "Namespace", *path) == "overlays/prod/kustomization.yaml:27:10"


def test_elements_of_merged_lists_are_found_by_their_key(reader: Reader) -> None:
    containers = ("spec", "template", "spec", "containers")
    names = [item["name"] for item in built(reader, "Deployment").data["spec"]["template"]["spec"]["containers"]]
    assert names == ["new", "proxy", "discovery"]
    assert place(reader, "Deployment", *containers, 0, "image") == "overlays/prod/deployment.yaml:10:9"
    assert place(reader, "Deployment", *containers, 1, "image") == "overlays/prod/deployment.yaml:12:9"
    assert place(reader, "Deployment", *containers, 2, "image") == "base/deployment.yaml:10:9"
    assert place(reader, "Deployment", *containers, 1, "env", 0, "value") == "overlays/prod/deployment.yaml:15:11"
    assert place(reader, "Deployment", *containers, 1, "env", 1, "value") == "base/deployment.yaml:15:11"


def test_an_object_of_standard_input_is_found_in_it(reader: Reader) -> None:
    given = TextReader(reader, {"-": ISTIO.encode()})
    istio, namespace = resources(given, "-")
    assert where(istio, ("spec", "version"), given) == ("-", 7, 3)
    assert where(namespace, ("metadata", "name"), given) == ("-", 16, 3)


def test_an_object_in_a_list_is_found_in_it(reader: Reader) -> None:
    text = b"kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: a\n"
    given = TextReader(reader, {"-": text})
    (secret,) = resources(given, "-")
    assert where(secret, ("metadata", "name"), given) == ("-", 7, 5)
    assert where(secret, ("metadata", "labels"), given) == ("-", 6, 3)

"""The schemas of other projects' custom resources, beside the checkout: what an API server would say of an object."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.support.cases import ROOT

# Other projects publish them; this one carries none, so a checkout alone skips the tests that ask them.
FOLDER = ROOT.parent / "shared/crds"
APPLICATION = "argocd-application-crd.yaml"
APP_PROJECT = "argocd-appproject-crd.yaml"
APPLICATION_SET = "argocd-applicationset-crd.yaml"
KUSTOMIZATION = "flux-kustomize.toolkit.fluxcd.io_kustomizations.yaml"

needs_crds = pytest.mark.skipif(not FOLDER.is_dir(), reason="crds/ is not beside this checkout")


def refused(file: str, data: dict[str, Any]) -> list[str]:
    """What the definition in a file has against an object; a field that it does not know counts, as it does for
    server-side apply."""
    validator = _validator(file, data["apiVersion"], data["kind"])
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


def definition(file: str) -> dict[str, Any]:
    """Returns the `spec` of the CustomResourceDefinition in a file."""
    spec: dict[str, Any] = yaml.load((FOLDER / file).read_bytes(), Loader=yaml.CSafeLoader)["spec"]
    return spec


@cache
def _validator(file: str, api_version: str, kind: str) -> Draft202012Validator:
    spec = definition(file)
    group, _, version = api_version.partition("/")
    assert (group, kind) == (spec["group"], spec["names"]["kind"])
    schema = next(one["schema"] for one in spec["versions"] if one["name"] == version)
    return Draft202012Validator(_strict(schema["openAPIV3Schema"], root=True))


def _strict(node: Any, *, root: bool = False) -> Any:
    """A structural schema as JSON Schema, in which fields that are not named are refused."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not key.startswith("x-kubernetes")}
    asis = ("enum", "required", "default", "properties")
    found = {key: value if key in asis else _strict(value) for key, value in kept.items()}
    if "properties" in node:
        found["properties"] = {name: _strict(field) for name, field in node["properties"].items()}
        if root:
            found["properties"]["metadata"] = {"type": "object"}
        if not node.get("x-kubernetes-preserve-unknown-fields"):
            found["additionalProperties"] = False
    if node.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
    return found

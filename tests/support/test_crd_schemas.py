"""The check of custom resources can fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.crd_schemas import KUSTOMIZATION, needs_crds, refused

GOOD: dict[str, Any] = {
    "interval": "10m",
    "prune": True,
    "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
    "ignore": [{"paths": ["/spec/replicas"], "target": {"kind": "Deployment"}}],
}


def said(**spec: Any) -> list[str]:
    data = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "a"}}
    return refused(KUSTOMIZATION, {**data, "spec": {**GOOD, **spec}})


@needs_crds
def test_an_object_as_its_definition_wants_it_is_accepted() -> None:
    assert said() == []


@needs_crds
@pytest.mark.parametrize(
    "wrong",
    [
        {"prune": "yes"},
        {"interval": "ten minutes"},
        {"driftIgnoreRules": []},
        {"sourceRef": {"kind": "GitRepository"}},
        {"ignore": [{"paths": ["/a"], "target": {"kinds": "Deployment"}}]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_type_an_unknown_field_and_a_missing_one_are_told(wrong: dict[str, Any]) -> None:
    assert len(said(**wrong)) == 1

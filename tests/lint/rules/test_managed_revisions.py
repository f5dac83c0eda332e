"""Rules on revisions that somebody else runs."""

from __future__ import annotations

import pytest

from render.kustomize.resource import Resource
from render.specs import build
from render.yamlio.location import Place
from tests.support.builders import istio
from tests.support.cluster_plan import FLEET
from tests.support.lint_view import places


def managing(*names: str) -> dict[str, object]:
    spec = {"managedRevisions": [{"name": name} for name in names]}
    return {"fleet": build.fleet(Resource({**FLEET, "spec": spec}, Place("meshrev.yaml")))}


@pytest.mark.parametrize("name", ["asm-managed", "asm-managed-rapid", "asm-managed-stable"])
def test_a_channel_of_google_is_told_of_where_it_is_named(name: str) -> None:
    found = places("MR335", istio(), **managing("other", name))
    assert found == ["info Fleet/f spec.managedRevisions[1].name"]


def test_a_control_plane_of_others_is_not_told_of() -> None:
    assert places("MR335", istio(), **managing("other", "asm-managedx")) == []

"""How the tree gets to its controller."""

from __future__ import annotations

import pytest

from tests.support.cluster_plan import fleet
from tests.support.lint_view import places

URL = {"repoURL": "https://git.example.com/mesh.git"}


def test_argo_cd_without_a_repository_is_told_of() -> None:
    assert places("MR160", "", fleet=fleet(delivery={"type": "argocd"})) == ["info Fleet/f spec.delivery.repoURL"]
    assert places("MR160", "", cluster={"delivery": "argocd"}) == ["info Fleet/f spec.delivery.repoURL"]


@pytest.mark.parametrize("delivery", [{"type": "argocd", **URL}, {"type": "flux"}, {"type": "none"}])
def test_who_needs_no_repository_is_told_nothing(delivery: dict[str, str]) -> None:
    assert places("MR160", "", fleet=fleet(delivery=delivery)) == []

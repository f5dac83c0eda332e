"""What lint says of a fleet does not depend on how many processes look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.operations.lint.run import LintResult, lint
from render.operations.render import pool
from render.operations.render.run import render
from tests.support.builders import istio, kustomization, namespace, tag
from tests.support.fleet_repo import FleetRepo, fleet_repo


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """A fleet for more than one process: a patch of its base selects nothing, a cluster moves a namespace, the specs of
    another cannot be read."""
    repo = fleet_repo(tmp_path_factory.mktemp("many"), delivery="{type: flux}")
    useless = '[{target: {kind: Deployment}, patch: \'[{"op": "remove", "path": "/spec"}]\'}]'
    repo.write("base/kustomization.yaml", kustomization("specs.yaml", patches=useless))
    repo.write("base/specs.yaml", istio() + tag("prod") + namespace("shop", "istio.io/rev: prod"))
    for number in range(pool.WORTH_A_PROCESS + 2):
        repo.cluster(f"c{number:02}", namespace("own", "istio-injection: enabled"))
        repo.write(f"overlays/c{number:02}/kustomization.yaml", kustomization("../../base", "specs.yaml"))
    render(repo.root)
    repo.commit("specs and trees")
    repo.write("overlays/c11/specs.yaml", namespace("own", "istio.io/rev: nobody"))
    repo.write("overlays/c17/specs.yaml", "kind: Namespace\n")
    return repo


def look(root: Path, processes: int, base: str | None, patched: pytest.MonkeyPatch) -> LintResult:
    patched.setattr(pool, "_cores", lambda: processes)
    return lint(root, today="2026-09-01", base=base)


@pytest.mark.parametrize("base", [None, "HEAD"])
def test_two_processes_say_what_one_says(many: FleetRepo, base: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = look(many.root, 1, base, monkeypatch)
    assert look(many.root, 2, base, monkeypatch) == alone
    assert alone.unread == ("c17",)
    assert {len(said.clusters) for said in alone.said} > {1}


def test_what_is_wrong_in_a_file_that_all_share_is_told_of_the_first(
    many: FleetRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = look(many.root, 1, None, monkeypatch).said
    assert [one.clusters for one in said if one.finding.file == "base/kustomization.yaml"] == [("c00",)]

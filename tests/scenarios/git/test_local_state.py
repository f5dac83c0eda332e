"""What lies below the output's `.meshrev` is one machine's: no commit brings it in, and no reader acts on it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.one_cluster import committed_fleet

MESH = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {name: one}
spec: {version: v1.24.2, namespace: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/rev: one}}
"""
READERS = (
    ("check",),
    ("check", "--staged"),
    ("lint",),
    ("status",),
    ("hazards",),
    ("explain", "--namespace", "shop", "--cluster", "east"),
    ("cmp", "generate"),
)
NAMESPACE = "rendered/east/namespaces/shop.yaml"


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return committed_fleet(tmp_path_factory.mktemp("committed"), MESH)


@pytest.fixture
def fleet(committed: FleetRepo, tmp_path: Path) -> FleetRepo:
    """As committed, but for a namespace that was tampered with, and a journal that would put that right."""
    shutil.copytree(committed.root, tmp_path / "fleet")
    repo = FleetRepo(tmp_path / "fleet")
    good = (repo.root / NAMESPACE).read_text()
    repo.write(NAMESPACE, good.replace("shop", "spy"))
    repo.write("rendered/.meshrev/staging/p1/file", good)
    step = ["put", NAMESPACE.removeprefix("rendered/"), "p1/file"]
    repo.write("rendered/.meshrev/journal", json.dumps({"format": 1, "steps": [step]}))
    return repo


def everything(repo: FleetRepo) -> dict[str, bytes]:
    return {
        file.relative_to(repo.root).as_posix(): file.read_bytes()
        for file in sorted(repo.root.rglob("*"))
        if file.is_file() and ".git" not in file.parts
    }


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_what_was_cut_off_is_left_to_a_command_that_writes(fleet: FleetRepo, arguments: tuple[str, ...]) -> None:
    before = everything(fleet)
    done = fleet.meshrev(*arguments, code=None, MESHREV_CLUSTER="east", ARGOCD_ENV_MESHREV_CLUSTER="east")
    if "--staged" in arguments:  # the index has none of it, so what is staged is whole
        assert done.code == 0, done.err
    else:
        assert done.code == 2, done.out + done.err
        assert "`meshrev render` finishes or undoes that first" in done.out + done.err
    assert everything(fleet) == before


@pytest.mark.parametrize("arguments", [*READERS, ("render",)], ids=" ".join)
def test_state_that_git_has_is_refused_and_nothing_is_written(fleet: FleetRepo, arguments: tuple[str, ...]) -> None:
    fleet.git("add", "-f", "rendered/.meshrev")
    fleet.commit("tampered")
    before = everything(fleet)
    done = fleet.meshrev(*arguments, code=2, ARGOCD_ENV_MESHREV_CLUSTER="east")
    assert (
        ": is the state of one machine, and git has it: git rm -r --cached rendered/.meshrev, and commit that\n"
        in done.err
    )
    assert everything(fleet) == before


def test_the_way_out_that_is_named_leads_out(fleet: FleetRepo) -> None:
    fleet.git("add", "-f", "rendered/.meshrev")
    fleet.commit("tampered")
    fleet.git("rm", "-q", "-r", "--cached", "rendered/.meshrev")
    fleet.git("checkout", "HEAD~", "--", NAMESPACE)
    assert fleet.meshrev("check", "--staged").code == 0
    fleet.git("commit", "-qm", "local state goes")
    fleet.meshrev("render")
    assert fleet.meshrev("check").code == 0


def test_an_operation_refuses_state_in_the_commit_that_it_starts_from(fleet: FleetRepo) -> None:
    fleet.git("add", "-f", "rendered/.meshrev")
    fleet.commit("tampered")
    fleet.git("rm", "-q", "-r", "--cached", "rendered/.meshrev")
    done = fleet.meshrev("promote", "--istio", "one", "--version", "v1.24.3", code=2)
    assert "rendered/.meshrev: is the state of one machine" in done.err


def test_a_journal_of_which_git_does_not_tell_is_left(fleet: FleetRepo) -> None:
    (fleet.root / ".git/HEAD").write_text("nothing\n")
    done = fleet.meshrev("render", code=2)
    assert "git does not say whether that is this machine's or was committed" in done.err
    assert b"spy" in (fleet.root / NAMESPACE).read_bytes()

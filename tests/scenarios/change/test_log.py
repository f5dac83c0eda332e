"""`meshrev log` on the command line."""

from __future__ import annotations

import subprocess
import time

import pytest

from render.operations.change.trailers import operations
from tests.support.fleet_repo import FleetRepo
from tests.support.git.history import ODD_TIMES, at_time

MESSAGE = """\
Promote shop to default-v1-24-3

Meshrev-Operation: promote-3f2a9c01d4
Meshrev-From: default-v1-24-2
Meshrev-To: default-v1-24-3
Meshrev-Wave: canary
Meshrev-Moved: 1 namespaces, 2 workloads, 1 clusters
Meshrev-Version: 1.0.0
"""
UNDONE = "Roll back\n\nMeshrev-Operation: rollback-00aa11bb22\nMeshrev-Undoes: promote-3f2a9c01d4\n"


def operated(repo: FleetRepo) -> FleetRepo:
    repo.commit(MESSAGE)
    repo.git("commit", "-q", "--allow-empty", "-m", UNDONE)
    return repo


def test_a_person_reads_when_who_what_and_how_many(repo: FleetRepo) -> None:
    operated(repo)
    heads, newest, first = repo.meshrev("log").out.splitlines()
    assert heads.split() == ["WHEN", "WHO", "OPERATION", "WHAT", "MOVED", "COMMIT"]
    assert " rollback-00aa11bb22   Roll back " in newest
    assert "   1 namespaces, 2 workloads, 1 clusters   " in first
    when = repo.git("log", "-1", "--date=format-local:%Y-%m-%d %H:%M", "--format=%cd").strip()[:10]
    assert newest.startswith(when)
    assert len(repo.meshrev("log", "-n", "1").out.splitlines()) == 2
    assert "rollback" not in repo.meshrev("log", "HEAD~1").out


def test_a_program_reads_every_field(repo: FleetRepo) -> None:
    operated(repo)
    found = repo.meshrev("log", "--output", "json").json
    assert found["shallow"] is False
    newest, first = found["operations"]
    assert (newest["verb"], newest["undoes"]) == ("rollback", ["promote-3f2a9c01d4"])
    assert newest["parent"] == first["commit"]
    assert first | {"commit": "", "landed": "", "at": ""} == {
        "id": "promote-3f2a9c01d4",
        "verb": "promote",
        "at": "",
        "author": "t",
        "from": "default-v1-24-2",
        "to": "default-v1-24-3",
        "wave": "canary",
        "moved": "1 namespaces, 2 workloads, 1 clusters",
        "undoes": [],
        "commit": "",
        "parent": None,
        "landed": "",
        "subject": "Promote shop to default-v1-24-3",
        "specsDigest": None,
        "version": "1.0.0",
    }


def test_a_shallow_clone_is_told_how_to_see_the_rest(repo: FleetRepo) -> None:
    operated(repo).git("clone", "-q", "--depth", "1", f"file://{repo.root}", "clone")
    done = FleetRepo(repo.root / "clone").meshrev("log")
    assert "rollback" in done.out
    assert len(done.out.splitlines()) == 2
    assert "note: this clone is shallow" in done.err
    assert "fetch-depth: 0" in done.err


def test_without_operations_commits_or_a_repository_it_says_so(
    repo: FleetRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "no operation of meshrev" in repo.meshrev("log").out
    repo.commit("first")
    assert "no operation of meshrev" in repo.meshrev("log").out
    assert repo.meshrev("log", "--output", "json").json == {"shallow": False, "operations": []}
    nowhere = FleetRepo(tmp_path_factory.mktemp("nowhere"))
    assert "this folder is in no git repository" in nowhere.meshrev("log", code=2).err
    assert "mian names no commit of this repository (did you mean main?)" in repo.meshrev("log", "mian", code=2).err


def test_five_thousand_commits_take_no_time_to_speak_of(repo: FleetRepo) -> None:
    stream = "".join(
        f"commit refs/heads/main\ncommitter t <t@example.com> {1_700_000_000 + number} +0000\n"
        f"data <<END\nchange {number}\n\nMeshrev-Operation: promote-{number:010x}\nEND\n"
        for number in range(5000)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo.root, input=stream, text=True, check=True)
    began = time.perf_counter()
    assert len(operations(repo.root)) == 5000
    assert time.perf_counter() - began < 2  # an order of magnitude above what it takes, for a machine that is busy


@pytest.mark.parametrize("stamp", ODD_TIMES)
def test_a_commit_of_a_time_that_cannot_be_is_listed_with_the_others(repo: FleetRepo, stamp: str) -> None:
    operated(repo)
    at_time(repo, stamp, MESSAGE.replace("3f2a9c01d4", "ffffffffff"))
    at_time(repo, "1700000000", UNDONE.replace("00aa11bb22", "eeeeeeeeee"))
    _, newest, odd, *rest = repo.meshrev("log").out.splitlines()
    assert newest.startswith("2023-11-14 22:13   ")
    assert "promote-ffffffffff" in odd
    assert len(rest) == 2
    found = repo.meshrev("log", "--output", "json").json["operations"]
    times = [one["at"] for one in found]
    told = repo.git("log", "-1", "--format=%ct", "HEAD~1").strip()
    if told == stamp:  # git itself does not keep what is more than 64 bits
        assert odd.startswith("<unknown>   ")
        assert times[1] is None
    assert times[0] == "2023-11-14T22:13:20Z"
    assert repo.meshrev("rollback", "--operation", "promote-000000", code=2).err.startswith("there is no operation")


def test_a_setting_that_shows_signatures_changes_nothing(repo: FleetRepo) -> None:
    operated(repo)
    before = repo.meshrev("log").out
    repo.git("config", "log.showSignature", "true")
    assert repo.meshrev("log").out == before

"""What `-v` tells of the work on standard error, and what it never tells."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.logs import GIT, start_log
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.one_cluster import MESH

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z meshrev\.(\w+): (.*)")


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    repo = fleet_repo(tmp_path)
    repo.cluster("east", MESH)
    repo.meshrev("render")
    repo.commit("first")
    return repo


def told(err: str) -> list[tuple[str, str]]:
    found = [LINE.fullmatch(line) for line in err.splitlines()]
    assert all(found), err
    return [(one[1], one[2]) for one in found if one]


def test_nothing_is_told_unless_it_is_asked_for(fleet: FleetRepo) -> None:
    assert fleet.meshrev("check").err == ""
    assert fleet.meshrev("check", "--log-format", "json").err == ""


@pytest.mark.parametrize("call", [("-v", "check"), ("check", "-v")])
def test_each_cluster_is_told_of_with_its_time(fleet: FleetRepo, call: tuple[str, ...]) -> None:
    done = fleet.meshrev(*call)
    assert [re.sub(r"[\d.]+ s", "T", words) for name, words in told(done.err) if name == "render"] == [
        "overlays/east (T)"
    ]
    assert done.out == "1 cluster is as the specs say\n"


def test_each_git_command_is_told_of_with_its_time(fleet: FleetRepo) -> None:
    commands = [words for name, words in told(fleet.meshrev("check", "--staged", "-v").err) if name == "git"]
    assert commands
    assert all(re.fullmatch(r"git .* \(\d+\.\d{3} s\)", words) for words in commands)


def test_twice_as_verbose_is_told_more_of(fleet: FleetRepo) -> None:
    once, twice, both = (
        len(fleet.meshrev(*call).err.splitlines())
        for call in (("check", "--staged", "-v"), ("check", "--staged", "-vv"), ("-v", "check", "--staged", "-v"))
    )
    assert once < twice == both


def test_a_program_reads_an_object_a_line(fleet: FleetRepo) -> None:
    lines = [json.loads(line) for line in fleet.meshrev("check", "-v", "--log-format", "json").err.splitlines()]
    assert {tuple(line) for line in lines} == {("time", "level", "logger", "message", "seconds")}
    assert [line["message"] for line in lines if line["logger"] == "meshrev.render"] == ["overlays/east"]


def test_a_command_that_fails_tells_of_no_secret(fleet: FleetRepo) -> None:
    fleet.git("remote", "add", "origin", "http://ada:S3cr3t/@127.0.0.1:9/fleet?token=S3cr3t")
    for form in ("text", "json"):
        done = fleet.meshrev("promote", "--tag", "a", "--to", "b", "--push", "-vv", "--log-format", form, code=None)
        assert "git fetch" in done.err
        assert "S3cr3t" not in done.out + done.err


@pytest.fixture
def silent_again() -> Iterator[None]:
    """The logger as it was, for tests that come later in this process."""
    logger = logging.getLogger("meshrev")
    yield
    logger.handlers = []
    logger.propagate = True
    logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("form", ["text", "json"])
def test_whatever_is_told_takes_one_line_without_secrets(
    form: str, silent_again: None, capsys: pytest.CaptureFixture[str]
) -> None:
    start_log(1, form)
    GIT.info("git push %s", "https://ada:S3cr3t@git.example.com/a\nb")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "git.example.com" in said
    assert "S3cr3t" not in said

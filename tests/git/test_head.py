"""The day of the commit that is checked out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from render.errors import InputError
from render.git.head import author_date, folders_at_head
from tests.support.fleet_repo import fleet_repo
from tests.support.git.signing import needs_ssh_keygen, sign_commits, ssh_key


def test_the_day_is_that_of_the_author_in_utc(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.commit("first")
    for written, day in (("2026-05-31T23:30:00-02:00", (2026, 6, 1)), ("2026-06-01T00:30:00+02:00", (2026, 5, 31))):
        repo.git("commit", "--amend", "-q", "--no-edit", "--date", written)
        assert author_date(tmp_path) == date(*day)


def test_a_folder_inside_the_repository_has_its_day(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.write("inside/file", "")
    repo.commit("first")
    assert author_date(tmp_path / "inside") == author_date(tmp_path)


def test_without_a_commit_or_a_repository_there_is_no_day(tmp_path: Path) -> None:
    assert author_date(tmp_path) is None
    fleet_repo(tmp_path)
    assert author_date(tmp_path) is None


def test_what_git_sets_for_a_hook_does_not_lead_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = fleet_repo(tmp_path)
    repo.commit("first")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert author_date(tmp_path) is not None


@needs_ssh_keygen
def test_a_person_who_is_shown_signatures_has_a_day_too(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    sign_commits(tmp_path, ssh_key(tmp_path))
    repo.git("config", "log.showSignature", "true")
    repo.commit("first")
    repo.git("commit", "-q", "--amend", "--no-edit", "-S")
    assert "Good" in repo.git("log", "-1")
    assert author_date(tmp_path) is not None


def test_where_git_does_not_trust_the_folder_it_is_not_said_that_nothing_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = fleet_repo(tmp_path)
    repo.write("rendered/eu/file", "")
    repo.commit("first")
    monkeypatch.setenv(
        "GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"
    )  # git's own: as in a container that runs as somebody else
    with pytest.raises(InputError, match=r"dubious ownership.*safe\.directory"):
        folders_at_head(tmp_path, "rendered")

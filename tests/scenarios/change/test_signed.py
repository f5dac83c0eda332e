"""Who commits what meshrev commits, and with which signature: as git is configured for anybody's commits."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.served import CART, cloned, left_behind, state, subjects
from tests.support.git.signing import SigningKey, gpg_key, needs_gpg, needs_ssh_keygen, sign_commits, ssh_key, verify

PROMOTED = ["Promote namespace cart to default in cluster eu"]
KINDS = [pytest.param("ssh", marks=needs_ssh_keygen), pytest.param("gpg", marks=needs_gpg)]
WHO = "%an <%ae>, %cn <%ce>"


@pytest.fixture
def fleet(template: FleetRepo, settings_of_git: None, tmp_path: Path) -> FleetRepo:
    return cloned(str(template.root), tmp_path / "ada")


@pytest.fixture
def key(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SigningKey]:
    if request.param == "ssh":
        yield ssh_key(tmp_path)
    else:
        with gpg_key() as made:
            yield made


def shown(fleet: FleetRepo, form: str) -> str:
    return fleet.git("log", "-1", f"--format={form}").strip()


@pytest.mark.parametrize("key", KINDS, indirect=True)
def test_a_commit_is_signed_where_git_is_set_up_so(fleet: FleetRepo, key: SigningKey) -> None:
    sign_commits(fleet.root, key)
    fleet.meshrev(*CART, **key.environment)
    assert subjects(fleet) == PROMOTED
    assert verify(fleet.root, "HEAD", key)
    assert fleet.git("fsck", "--no-dangling") == ""


@needs_ssh_keygen
def test_a_person_who_has_signatures_shown_gets_the_same_answers(
    fleet: FleetRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, settings = ssh_key(tmp_path), tmp_path / "gitconfig"
    for name, value in {**key.settings, "commit.gpgSign": "true", "log.showSignature": "true"}.items():
        subprocess.run(["git", "config", "--file", settings, name, value], check=True)
    before = fleet.git("rev-parse", "HEAD^{tree}")
    fleet.meshrev(*CART, GIT_CONFIG_GLOBAL=str(settings))
    asked = (("log",), ("log", "--output", "json"), ("check",), ("check", "--staged"))
    plain = [fleet.meshrev(*command) for command in asked]
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert "Good" in subprocess.run(["git", "log", "-1"], cwd=fleet.root, capture_output=True, text=True).stdout
    assert [fleet.meshrev(*command) for command in asked] == plain
    fleet.meshrev("rollback")
    assert fleet.git("rev-parse", "HEAD^{tree}") == before
    assert len(fleet.meshrev("log", "--output", "json").json["operations"]) == 2
    fleet.meshrev("check")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert verify(fleet.root, "HEAD", key)


@pytest.mark.parametrize("written", ["false", "off"])
@needs_ssh_keygen
def test_a_commit_is_not_signed_where_git_only_has_a_key(fleet: FleetRepo, tmp_path: Path, written: str) -> None:
    key = ssh_key(tmp_path)
    sign_commits(fleet.root, key)
    fleet.git("config", "commit.gpgsign", written)
    fleet.meshrev(*CART)
    assert subjects(fleet) == PROMOTED
    assert not verify(fleet.root, "HEAD", key)
    assert "gpgsig" not in fleet.git("cat-file", "commit", "HEAD")


@needs_ssh_keygen
def test_a_setting_without_a_value_says_yes_as_git_reads_it(fleet: FleetRepo, tmp_path: Path) -> None:
    key = ssh_key(tmp_path)
    sign_commits(fleet.root, key)
    fleet.git("config", "--unset", "commit.gpgsign")
    with (fleet.root / ".git/config").open("a") as config:
        config.write("[commit]\n\tgpgSign\n")
    fleet.meshrev(*CART)
    assert verify(fleet.root, "HEAD", key)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("user.signingkey", "{folder}/missing", marks=needs_ssh_keygen),
        pytest.param("user.signingkey", "{folder}/broken", marks=needs_ssh_keygen),
        ("gpg.ssh.program", "/nonexistent/signer"),
    ],
)
def test_a_key_that_cannot_sign_is_one_line_and_nothing_is_changed(
    fleet: FleetRepo, tmp_path: Path, name: str, value: str
) -> None:
    sign_commits(fleet.root, ssh_key(tmp_path))
    (tmp_path / "broken").write_text("no key\n")
    (tmp_path / "broken").chmod(0o600)
    fleet.git("config", name, value.format(folder=tmp_path))
    before = state(fleet)
    done = fleet.meshrev(*CART, code=2)
    assert done.err.startswith("the commit cannot be signed, and commit.gpgSign asks for it: ")
    assert done.err.count("\n") == 1
    assert state(fleet) == before
    assert left_behind(fleet) == []


def test_author_and_committer_are_as_git_is_configured(fleet: FleetRepo) -> None:
    fleet.meshrev(*CART)
    assert shown(fleet, WHO) == "Ada <ada@example.com>, Ada <ada@example.com>"


def test_variables_say_who_the_author_is_and_when(fleet: FleetRepo) -> None:
    fleet.meshrev(
        *CART, GIT_AUTHOR_NAME="Bot", GIT_AUTHOR_EMAIL="bot@example.com", GIT_AUTHOR_DATE="2026-01-02T03:04:05Z"
    )
    assert shown(fleet, f"{WHO}, %aI") == "Bot <bot@example.com>, Ada <ada@example.com>, 2026-01-02T03:04:05+00:00"


def test_without_an_identity_it_says_what_to_set(fleet: FleetRepo) -> None:
    subprocess.run(["git", "config", "--remove-section", "user"], cwd=fleet.root, check=True)
    fleet.git("config", "user.useConfigOnly", "true")
    before = state(fleet)
    done = fleet.meshrev(*CART, code=2)
    assert done.err == (
        "git does not know who commits: git config user.name NAME, git config user.email ADDRESS "
        "(or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL)\n"
    )
    assert state(fleet) == before
    empty = fleet.meshrev(*CART, code=2, GIT_AUTHOR_NAME="", GIT_AUTHOR_EMAIL="", GIT_COMMITTER_NAME="")
    assert empty.err == done.err


def test_a_setting_that_git_cannot_read_is_told_of(fleet: FleetRepo) -> None:
    fleet.git("config", "commit.gpgsign", "maybe")
    before = state(fleet)
    done = fleet.meshrev(*CART, code=2)
    assert "bad boolean config value 'maybe' for 'commit.gpgsign'" in done.err
    assert done.err.count("\n") == 1
    assert state(fleet) == before

"""Which variable holds the token for which forge, and what is said where none does."""

from __future__ import annotations

import pytest

from render.errors import InputError
from render.forge.address import repository
from render.forge.forge import forge_for
from render.forge.token import token
from render.forge.types import Kind

OWN = "https://git.example.com/o/r"


def variable(kind: Kind, remote: str, **environment: str) -> str:
    return token(kind, repository(kind, remote), environment).variable


def missing(kind: Kind, remote: str, **environment: str) -> str:
    with pytest.raises(InputError) as caught:
        token(kind, repository(kind, remote), environment)
    return str(caught.value)


def test_github_com_takes_the_variables_of_its_own_program() -> None:
    assert variable("github", "git@github.com:o/r", GITHUB_TOKEN="a") == "GITHUB_TOKEN"
    assert variable("github", "git@github.com:o/r", GITHUB_TOKEN="a", GH_TOKEN="b") == "GH_TOKEN"
    assert variable("github", "https://acme.ghe.com/o/r", GITHUB_TOKEN="a") == "GITHUB_TOKEN"


def test_an_enterprise_host_takes_those_for_enterprise() -> None:
    assert variable("github", OWN, GH_ENTERPRISE_TOKEN="a", GH_TOKEN="b") == "GH_ENTERPRISE_TOKEN"
    assert variable("github", OWN, GITHUB_ENTERPRISE_TOKEN="a") == "GITHUB_ENTERPRISE_TOKEN"


def test_the_token_of_github_com_does_not_go_to_another_host() -> None:
    told = missing("github", OWN, GITHUB_TOKEN="a", GH_TOKEN="b")
    assert told.startswith("GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN is not set: ")
    assert "GH_TOKEN and GITHUB_TOKEN are for github.com, and are not sent to another host" in told


def test_a_workflow_on_an_enterprise_server_has_a_token_of_that_server() -> None:
    environment = {"GITHUB_TOKEN": "a", "GITHUB_API_URL": "https://git.example.com/api/v3"}
    assert variable("github", OWN, **environment) == "GITHUB_TOKEN"
    assert missing("github", "https://other.example.com/o/r", **environment)


def test_gitlab_and_gitea_have_their_own() -> None:
    assert variable("gitlab", OWN, GITLAB_TOKEN="a", GITHUB_TOKEN="b") == "GITLAB_TOKEN"
    assert variable("gitea", OWN, GITEA_TOKEN="a") == "GITEA_TOKEN"
    assert variable("gitea", OWN, FORGEJO_TOKEN="a") == "FORGEJO_TOKEN"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("github", "GH_TOKEN or GITHUB_TOKEN is not set: it takes a fine-grained or GitHub App token with 'Pull requ"),
        ("gitlab", "GITLAB_TOKEN is not set: it takes a project, group or personal access token with scope 'api'"),
        ("gitea", "GITEA_TOKEN or FORGEJO_TOKEN is not set: it takes an access token with the scopes 'write:rep"),
    ],
)
def test_without_one_the_variable_and_what_it_takes_are_named(kind: Kind, told: str) -> None:
    with pytest.raises(InputError) as caught:
        forge_for(kind, "git@github.com:o/r")
    assert told in str(caught.value)


def test_a_jobs_own_token_of_gitlab_is_not_enough() -> None:
    assert "CI_JOB_TOKEN is not enough" in missing("gitlab", OWN, CI_JOB_TOKEN="secret-token")
    assert "secret-token" not in missing("gitlab", OWN, CI_JOB_TOKEN="secret-token")


def test_an_empty_variable_is_none() -> None:
    assert "is not set" in missing("gitlab", OWN, GITLAB_TOKEN=" \n")


def test_white_space_around_a_token_is_no_part_of_it() -> None:
    at = repository("gitlab", OWN)
    assert token("gitlab", at, {"GITLAB_TOKEN": "secret\n"}).secret == "secret"


@pytest.mark.parametrize("secret", ["two words", "two\nlines", "gehe\u00efm", "a\x00b"])
def test_what_cannot_be_a_token_is_refused_and_not_shown(secret: str) -> None:
    told = missing("gitea", OWN, GITEA_TOKEN=secret)
    assert told.startswith("GITEA_TOKEN is no token: ")
    assert secret not in told


def test_a_token_does_not_show_itself() -> None:
    found = token("gitlab", repository("gitlab", OWN), {"GITLAB_TOKEN": "secret"})
    assert "secret" not in f"{found} {found!r}"


@pytest.mark.parametrize("kind", ["none", "bitbucket", "GitHub", ""])
def test_another_type_is_refused(kind: str) -> None:
    with pytest.raises(
        InputError, match=r"spec\.forge\.type: names no forge: pull requests need github, gitlab or gitea"
    ):
        forge_for(kind, "git@github.com:o/r")

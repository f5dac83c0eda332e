"""Where a remote's repository is on its forge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import InputError
from render.forge.address import is_loopback, repository
from render.forge.types import Kind, Project

GITHUB = Project("https://api.github.com", "org/fleet", "https://github.com/org/fleet")


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/org/fleet",
        "https://github.com/org/fleet.git",
        "https://github.com/org/fleet/",
        "https://GitHub.com/org/fleet.git",
        "https://x-access-token:ghs_secret@github.com/org/fleet.git",
        "ssh://git@github.com/org/fleet.git",
        "ssh://git@github.com:22/org/fleet.git",
        "ssh://git@ssh.github.com:443/org/fleet.git",
        "git+ssh://git@github.com/org/fleet",
        "git@github.com:org/fleet.git",
        "github.com:org/fleet",
        "git@ssh.github.com:org/fleet.git",
        " git@github.com:/org/fleet.git\n",
    ],
)
def test_a_remote_on_github_com_is_understood_in_every_form(remote: str) -> None:
    assert repository("github", remote) == GITHUB


@pytest.mark.parametrize(
    ("kind", "remote", "api", "path"),
    [
        ("github", "git@git.example.com:org/fleet.git", "https://git.example.com/api/v3", "org/fleet"),
        ("github", "https://git.example.com:8443/org/fleet", "https://git.example.com:8443/api/v3", "org/fleet"),
        ("github", "ssh://git@git.example.com:2222/org/fleet", "https://git.example.com/api/v3", "org/fleet"),
        ("github", "https://acme.ghe.com/org/fleet.git", "https://api.acme.ghe.com", "org/fleet"),
        ("gitlab", "git@gitlab.com:mesh/eu/prod/fleet.git", "https://gitlab.com/api/v4", "mesh/eu/prod/fleet"),
        ("gitlab", "ssh://git@altssh.gitlab.com:443/mesh/fleet.git", "https://gitlab.com/api/v4", "mesh/fleet"),
        ("gitlab", "https://oauth2:glpat-x@git.example.com/a/b.c-d", "https://git.example.com/api/v4", "a/b.c-d"),
        ("gitea", "https://codeberg.org/org/fleet.git", "https://codeberg.org/api/v1", "org/fleet"),
        ("gitea", "ssh://gitea@[2001:db8::1]:2222/org/fleet", "https://[2001:db8::1]/api/v1", "org/fleet"),
        ("gitea", "http://localhost:3000/org/fleet", "http://localhost:3000/api/v1", "org/fleet"),
        ("gitea", "http://127.0.0.1:3000/org/fleet", "http://127.0.0.1:3000/api/v1", "org/fleet"),
        ("gitea", "http://[::1]:3000/org/fleet", "http://[::1]:3000/api/v1", "org/fleet"),
        ("github", "git@github.com.example.org:o/r", "https://github.com.example.org/api/v3", "o/r"),
    ],
)
def test_each_kind_has_its_api_at_the_remotes_host(kind: Kind, remote: str, api: str, path: str) -> None:
    found = repository(kind, remote)
    assert (found.api, found.path) == (api, path)
    assert found.web.startswith(("https://", "http://localhost", "http://127.", "http://[::1]"))


def test_the_kind_is_what_is_configured_whatever_the_host_is_called() -> None:
    assert repository("gitea", "git@gitlab.example.com:o/r").api == "https://gitlab.example.com/api/v1"
    assert repository("gitlab", "git@github.com:o/r").api == "https://github.com/api/v4"


def test_a_configured_address_goes_before_the_remotes_host() -> None:
    found = repository("github", "git@ssh.example.com:org/fleet.git", "https://git.example.com/api/v3/")
    assert (found.api, found.path) == ("https://git.example.com/api/v3", "org/fleet")


def test_a_forge_below_a_folder_is_found_with_its_address() -> None:
    found = repository("gitlab", "https://example.com/gitlab/mesh/fleet.git", "https://example.com/gitlab/api/v4")
    assert (found.api, found.path) == ("https://example.com/gitlab/api/v4", "mesh/fleet")
    over_ssh = repository("gitlab", "git@example.com:mesh/fleet.git", "https://example.com/gitlab/api/v4")
    assert over_ssh.path == "mesh/fleet"


def test_a_configured_project_goes_before_the_remotes_path() -> None:
    found = repository("gitlab", "git@mirror.example.com:some-mirror.git", None, "mesh/eu/fleet")
    assert (found.api, found.path) == ("https://mirror.example.com/api/v4", "mesh/eu/fleet")


def test_with_address_and_project_the_remote_may_be_anything() -> None:
    found = repository("gitlab", "/srv/mirror", "https://git.example.com/api/v4", "mesh/fleet")
    assert found == Project("https://git.example.com/api/v4", "mesh/fleet", "https://git.example.com/mesh/fleet")


def test_owner_and_name_are_the_parts_of_the_path() -> None:
    found = repository("gitlab", "git@gitlab.com:mesh/eu/fleet.git")
    assert (found.owner, found.name) == ("mesh/eu", "fleet")


@pytest.mark.parametrize(
    ("remote", "told"),
    [
        ("", "is no address on a forge: give https://"),
        ("/srv/git/fleet.git", "is no address on a forge"),
        ("../fleet", "is no address on a forge"),
        ("C:/fleet", "is no address on a forge"),
        ("file:///srv/git/fleet.git", "is no address on a forge"),
        ("git://example.com/o/r", "is no address on a forge"),
        ("ext::sh -c whoami", "is no address on a forge"),
        ("https:///o/r", "is no address on a forge"),
        ("https://example.com:port/o/r", "is no URL"),
        ("http://example.com/o/r", "is not encrypted, and a token never goes over http"),
        ("https://example.com/r", "does not name a repository as OWNER/NAME: spec.forge.project can say it"),
        ("https://example.com/a/b/c", "does not name a repository as OWNER/NAME"),
        ("https://example.com/../r", "does not name a repository as OWNER/NAME"),
        ("https://example.com/a/..", "does not name a repository as OWNER/NAME"),
        ("https://example.com/%2e%2e/r", "does not name a repository as OWNER/NAME"),
        ("https://example.com/a%2Fb/r", "does not name a repository as OWNER/NAME"),
        ("https://example.com/a b/r", "does not name a repository as OWNER/NAME"),
        ("git@example.com:a/b?x=1", "is more than an address"),
        ("https://example.com/a/b#readme", "is more than an address"),
        ("ext::whoami", "does not name a repository as OWNER/NAME"),
    ],
)
def test_what_is_no_repository_on_a_forge_is_refused(remote: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        repository("github", remote)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "api", "told"),
    [
        ("github", "http://git.example.com/api/v3", "does not begin with https://"),
        ("github", "ftp://git.example.com/api/v3", "does not begin with https://"),
        ("github", "git.example.com", "is no URL (expected https://HOST/api/v3)"),
        ("github", "https://a:port/api/v3", "is no URL"),
        ("github", "https://git.example.com", "(did you mean https://git.example.com/api/v3?)"),
        ("gitlab", "https://git.example.com:8443/", "(did you mean https://git.example.com:8443/api/v4?)"),
        ("gitea", "https://git.example.com/gitea", "(did you mean https://git.example.com/gitea/api/v1?)"),
        ("gitea", "https://git.example.com/api/v3", "does not end with /api/v1"),
        ("github", "https://ada:hunter2@git.example.com/api/v3", "holds more than an address"),
        ("github", "https://git.example.com/api/v3?token=hunter2", "holds more than an address"),
    ],
)
def test_a_wrong_address_of_an_api_is_refused(kind: Kind, api: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        repository(kind, "git@git.example.com:o/r", api)
    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).startswith("spec.forge.url: ")


def test_githubs_own_address_has_no_path() -> None:
    assert repository("github", "git@mirror.example.com:org/fleet", "https://api.github.com").api == GITHUB.api


@pytest.mark.parametrize(
    "remote",
    [
        "ftp://ada:hunter2@example.com/o/r",
        "https://ada:hunter2@example.com/only-one",
        "https://hunter2@example.com:port/o/r",
        "https://ada:hun@ter2hunter2@example.com:x/o/r",
        "file:///srv/r?token=hunter2",
    ],
)
def test_a_password_in_a_remote_is_not_shown(remote: str) -> None:
    with pytest.raises(InputError) as caught:
        repository("github", remote)
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_repository_or_refused_in_one_line(text: str) -> None:
    for kind in ("github", "gitlab", "gitea"):
        try:
            found = repository(kind, text)
        except InputError as error:
            assert str(error).isprintable()
        else:
            assert ".." not in found.path.split("/")


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_what_stands_before_a_host_is_never_shown(secret: str) -> None:
    with pytest.raises(InputError, match=r"remote https://example\.com/o/r is more than an address"):
        repository("github", f"https://ada:{secret}@example.com/o/r?more")


@pytest.mark.parametrize(("host", "local"), [("127.0.0.2", True), ("localhost.example.com", False), (None, False)])
def test_only_the_machine_itself_is_local(host: str | None, local: bool) -> None:
    assert is_loopback(host) is local

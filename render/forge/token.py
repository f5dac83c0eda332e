"""The token for a forge, from the environment only: never from a file or an argument, never shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from render.errors import wrong
from render.forge.types import CODE, Kind, Project

NEEDS: dict[Kind, str] = {
    "github": (
        "a fine-grained or GitHub App token with 'Pull requests' and 'Contents' read and write, or a classic one with "
        "scope 'repo'"
    ),
    "gitlab": "a project, group or personal access token with scope 'api' and the role Developer or higher",
    "gitea": "an access token with the scopes 'write:repository' and 'write:issue'",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, and the name of the variable that it came from: only the name is for messages."""

    variable: str
    secret: str = field(repr=False)


def token(kind: Kind, at: Project, environment: Mapping[str, str] = os.environ) -> Token:
    """Returns the token for this forge's host. `InputError` that names the variables where there is none."""
    names = _variables(kind, at, environment)
    for name in names:
        secret = environment.get(name, "").strip()
        if secret:
            if not (secret.isascii() and secret.isprintable() and " " not in secret):
                raise wrong(CODE, f"{name} is no token: it holds spaces, line breaks or characters outside ASCII")
            return Token(name, secret)
    message = f"{' or '.join(names)} is not set: it takes {NEEDS[kind]} for {urlsplit(at.api).hostname}"
    if kind == "gitlab" and environment.get("CI_JOB_TOKEN"):
        message += " (CI_JOB_TOKEN is not enough: GitLab lets a job's own token open no merge request)"
    elif kind == "github" and "GITHUB_TOKEN" not in names and (environment.keys() & {"GITHUB_TOKEN", "GH_TOKEN"}):
        message += " (GH_TOKEN and GITHUB_TOKEN are for github.com, and are not sent to another host)"
    raise wrong(CODE, message)


def _variables(kind: Kind, at: Project, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the names that each forge's own tools use, so that a token is there already
    (https://cli.github.com/manual/gh_help_environment, https://gitlab.com/gitlab-org/cli#environment-variables)."""
    if kind == "gitlab":
        return ("GITLAB_TOKEN",)
    if kind == "gitea":
        return ("GITEA_TOKEN", "FORGEJO_TOKEN")
    host = urlsplit(at.api).hostname or ""
    if host == "api.github.com" or host.endswith(".ghe.com"):
        return ("GH_TOKEN", "GITHUB_TOKEN")
    enterprise = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
    # A workflow on an Enterprise server has a GITHUB_TOKEN of that server, and the server's address beside it.
    return (*enterprise, "GITHUB_TOKEN") if environment.get("GITHUB_API_URL", "").rstrip("/") == at.api else enterprise

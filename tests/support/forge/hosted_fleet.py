"""A fleet on a forge: its branches as the forge sees them, and the variables of a machine that hold tokens."""

from __future__ import annotations

from typing import Any

from tests.support.builders import fleet_file
from tests.support.fleet_repo import FleetRepo

VARIABLES = (
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITHUB_API_URL",
    "GITLAB_TOKEN",
    "CI_JOB_TOKEN",
    "GITEA_TOKEN",
    "FORGEJO_TOKEN",
)


class Branches(dict[str, str]):
    """The branches of a repository as they are at the moment, for a forge that has it."""

    def __init__(self, origin: FleetRepo) -> None:
        super().__init__()
        self.origin = origin

    def get(self, name: str, default: Any = None) -> Any:
        found = self.origin.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{name}").strip()
        return found or default

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None

    def __getitem__(self, name: str) -> str:
        return str(self.get(name))


def names_a_forge(repo: FleetRepo, forge: str) -> None:
    repo.write("meshrev.yaml", fleet_file(forge=f"{{{forge}, reviewers: [grace]}}"))
    repo.commit("name the forge")
    repo.git("push", "-q")

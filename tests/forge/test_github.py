"""What only GitHub has."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from render.errors import InputError
from render.forge.forge import open_or_update
from render.forge.types import MergeOutcome, PullRequestSpec
from tests.forge.conftest import Opened
from tests.support.forge.description import Description
from tests.support.forge.github_server import FILE, PATHS, GitHubServer
from tests.support.forge.wire import Answer

SHA = "a" * 40
TEAM = PullRequestSpec("Promote", "what", "promote", "main", ("istio",), ("ada", "org/mesh"))


def test_a_team_is_asked_by_its_name(github: GitHubServer, opened: Opened) -> None:
    forge = opened(github)
    open_or_update(forge, TEAM)
    assert (github.pulls[0].reviewers, github.pulls[0].teams) == (["ada"], ["mesh"])
    assert open_or_update(forge, TEAM)[1] == "unchanged"


def test_whoever_has_reviewed_is_not_asked_again(github: GitHubServer, opened: Opened) -> None:
    """GitHub takes them off the list of those asked."""
    github.page_size = 1
    github.add(title="Promote", labels=["istio"], teams=["mesh"], reviews=[("grace", "COMMENTED"), ("ada", "APPROVED")])
    assert open_or_update(opened(github), TEAM)[1] == "unchanged"
    assert github.changing() == []


def test_whose_review_was_dismissed_is_asked_again(github: GitHubServer, opened: Opened) -> None:
    github.add(title="Promote", labels=["istio"], teams=["mesh"], reviews=[("ada", "DISMISSED")])
    assert open_or_update(opened(github), TEAM)[1] == "updated"
    assert github.pulls[0].reviewers == ["ada"]


def test_upper_and_lower_case_of_a_label_are_one(github: GitHubServer, opened: Opened) -> None:
    github.add(title="Promote", labels=["Istio"], reviewers=["Ada"], teams=["mesh"])
    assert open_or_update(opened(github), TEAM)[1] == "unchanged"


def test_labels_that_the_token_may_not_set_are_a_note(github: GitHubServer, opened: Opened) -> None:
    github.add(title="Promote", reviewers=["ada"], teams=["mesh"])
    forge = opened(github)
    github.lose(Answer(403, {"message": "Resource not accessible by personal access token"}))
    found, _ = open_or_update(forge, TEAM)
    assert found.notes == ("label istio: Resource not accessible by personal access token",)


def test_the_way_of_merging_is_one_that_the_repository_allows(github: GitHubServer, opened: Opened) -> None:
    github.methods["allow_merge_commit"] = False
    github.add()
    assert opened(github).merge(7, SHA) == MergeOutcome("merged")
    assert github.exchanges[-1][0].data == {"sha": SHA, "merge_method": "squash"}


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ("At least 1 approving review is required by reviewers with write access.", "not yet"),
        ("Base branch was modified. Review and try the merge again.", "not yet"),
        ("You're not authorized to push to this branch.", "refused"),
        ("Protected branch update failed for refs/heads/main.", "refused"),
        ("Merge commits are not allowed on this repository.", "refused"),
    ],
)
def test_what_github_says_in_place_of_merging_is_passed_on(
    github: GitHubServer, opened: Opened, says: str, outcome: str
) -> None:
    github.says = says
    github.add()
    done = opened(github).merge(7, SHA)
    assert (done.outcome, done.reason) == (outcome, says)


def test_a_branch_that_is_behind_is_not_ready(github: GitHubServer, opened: Opened) -> None:
    github.add(verdict="behind")
    assert opened(github).status(7).reason == "its branch is behind the base branch, and must not be"


def test_branches_without_a_difference_are_refused_in_githubs_words(github: GitHubServer, opened: Opened) -> None:
    github.branches["promote"] = github.branches["main"]
    with pytest.raises(InputError, match="Validation Failed; No commits between main and promote"):
        open_or_update(opened(github), TEAM)


def test_an_enterprise_server_knows_every_request(github: GitHubServer, opened: Opened) -> None:
    """GitHub supports a release for a year; this is the oldest that it describes."""
    forge = opened(github)
    open_or_update(forge, TEAM)
    open_or_update(forge, replace(TEAM, title="Another", reviewers=("grace",)))
    forge.merge(7, SHA)
    document = json.loads(FILE.with_name("ghes-3.17.json").read_bytes())
    enterprise = Description(document, PATHS)
    for request, _ in github.exchanges:
        enterprise.check(request, None)
    assert len({(request.method, request.path) for request, _ in github.exchanges}) == 8


def test_every_request_says_for_which_version_of_the_api_it_was_written(github: GitHubServer, opened: Opened) -> None:
    opened(github).find("promote", "main")
    headers = github.exchanges[0][0].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["user-agent"] == "meshrev"

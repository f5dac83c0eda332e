"""What only Gitea and Forgejo have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render.forge.forge import open_or_update
from render.forge.types import MergeOutcome, PullRequestSpec
from tests.forge.conftest import Opened
from tests.support.forge.gitea_server import GiteaServer

SHA = "a" * 40
WANTED = PullRequestSpec("Promote", "what", "promote", "main", ("istio", "mesh-wide"), ("ada", "org/mesh"))


def test_labels_go_over_as_numbers_also_the_organizations(gitea: GiteaServer, opened: Opened) -> None:
    gitea.page_size = 1
    open_or_update(opened(gitea), WANTED)
    assert gitea.pulls[0].labels == ["istio", "mesh-wide"]


def test_a_label_that_does_not_exist_is_a_note(gitea: GiteaServer, opened: Opened) -> None:
    forge = opened(gitea)
    found, outcome = open_or_update(forge, replace(WANTED, labels=("istio", "new")))
    assert found.notes == ("label new: there is none of this name, and Gitea makes none",)
    assert (gitea.pulls[0].labels, outcome) == (["istio"], "opened")
    assert open_or_update(forge, replace(WANTED, labels=("istio", "new"))) == (found, "unchanged")


def test_an_owner_that_is_a_person_has_no_more_labels(gitea: GiteaServer, opened: Opened) -> None:
    gitea.is_organization = False
    found, _ = open_or_update(opened(gitea), WANTED)
    assert found.notes == ("label mesh-wide: there is none of this name, and Gitea makes none",)


def test_a_team_is_asked_and_not_asked_twice(gitea: GiteaServer, opened: Opened) -> None:
    forge = opened(gitea)
    open_or_update(forge, WANTED)
    assert (gitea.pulls[0].reviewers, gitea.pulls[0].teams) == (["ada"], ["mesh"])
    assert open_or_update(forge, WANTED)[1] == "unchanged"


def test_whoever_has_reviewed_is_not_asked_again(gitea: GiteaServer, opened: Opened) -> None:
    gitea.page_size = 1
    reviews = [("grace", "COMMENT"), ("ada", "APPROVED")]
    gitea.add(title="Promote", labels=["istio", "mesh-wide"], teams=["mesh"], reviews=reviews)
    assert open_or_update(opened(gitea), WANTED)[1] == "unchanged"


@pytest.mark.parametrize(
    ("checks", "mergeable", "reason"),
    [
        (None, "yes", ""),
        ("success", "yes", ""),
        ("pending", "not yet", "a check is running"),
        ("failure", "not yet", "a check has failed"),
        ("error", "not yet", "a check has failed"),
    ],
)
def test_checks_hold_back_also_where_they_are_not_required(
    gitea: GiteaServer, opened: Opened, checks: str | None, mergeable: str, reason: str
) -> None:
    gitea.checks = checks
    gitea.add()
    status = opened(gitea).status(7)
    assert (status.mergeable, status.reason) == (mergeable, reason)


def test_approvals_are_counted_by_the_last_word_of_each(gitea: GiteaServer, opened: Opened) -> None:
    gitea.approvals = 2
    pull = gitea.add(reviews=[("ada", "APPROVED"), ("grace", "APPROVED"), ("grace", "REQUEST_CHANGES")])
    forge = opened(gitea)
    assert forge.status(7).reason == "1 of 2 approvals are there"
    pull.reviews.append(("grace", "APPROVED"))
    assert forge.status(7).mergeable == "yes"


def test_who_may_not_merge_into_the_base_is_told_before(gitea: GiteaServer, opened: Opened) -> None:
    gitea.may_merge = False
    gitea.add()
    expected = MergeOutcome("refused", "the user of the token in GITEA_TOKEN may not merge into main")
    assert opened(gitea).merge(7, SHA) == expected
    assert gitea.changing() == []


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ((405, "Please try again later"), "not yet"),
        ((405, "Does not have enough approvals"), "not yet"),
        ((405, "User not allowed to merge PR"), "refused"),
        ((409, "PushRejected with remote message: no"), "refused"),
        ((423, "Repo is archived"), "refused"),
    ],
)
def test_what_gitea_says_in_place_of_merging_is_passed_on(
    gitea: GiteaServer, opened: Opened, says: tuple[int, str], outcome: str
) -> None:
    gitea.says = says
    gitea.add()
    done = opened(gitea).merge(7, SHA)
    assert (done.outcome, done.reason) == (outcome, says[1])


def test_the_way_of_merging_is_the_repositorys(gitea: GiteaServer, opened: Opened) -> None:
    gitea.style = "rebase-merge"
    gitea.add()
    assert opened(gitea).merge(7, SHA) == MergeOutcome("merged")
    assert gitea.exchanges[-1][0].data == {"Do": "rebase-merge", "head_commit_id": SHA}

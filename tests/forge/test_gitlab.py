"""What only GitLab has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render.errors import InputError
from render.forge.forge import open_or_update
from render.forge.types import MergeOutcome, PullRequestSpec
from tests.forge.conftest import Opened
from tests.support.forge.gitlab_server import GitLabServer
from tests.support.forge.wire import Answer

SHA = "a" * 40
WANTED = PullRequestSpec("Promote", "what", "promote", "main", ("istio", "kind::upgrade"), ("ada", "grace"))


def test_groups_in_groups_are_one_path(gitlab: GitLabServer, opened: Opened) -> None:
    gitlab.project = "mesh/eu/prod/fleet"
    assert open_or_update(opened(gitlab), WANTED)[1] == "opened"
    assert gitlab.requests()[0] == "GET /projects/mesh%2Feu%2Fprod%2Ffleet/merge_requests"


def test_a_configured_project_is_used(gitlab: GitLabServer, opened: Opened) -> None:
    gitlab.project = "mesh/fleet"
    forge = opened(gitlab, "/srv/mirror.git", project="mesh/fleet")
    assert open_or_update(forge, WANTED)[1] == "opened"


def test_reviewers_go_over_as_numbers(gitlab: GitLabServer, opened: Opened) -> None:
    open_or_update(opened(gitlab), WANTED)
    ((request, _),) = [pair for pair in gitlab.exchanges if pair[0].method == "POST"]
    assert request.data["reviewer_ids"] == [100, 101]


def test_a_reviewer_whom_gitlab_leaves_out_is_a_note_and_no_change(gitlab: GitLabServer, opened: Opened) -> None:
    """Without a licence a merge request has one reviewer."""
    gitlab.at_most = 1
    forge = opened(gitlab)
    found, _ = open_or_update(forge, WANTED)
    (note,) = found.notes
    assert note.startswith("reviewer grace: GitLab did not take them")
    assert open_or_update(forge, WANTED) == (found, "unchanged")


def test_a_label_with_a_comma_is_a_note(gitlab: GitLabServer, opened: Opened) -> None:
    found, _ = open_or_update(opened(gitlab), replace(WANTED, labels=("a,b", "istio")))
    assert found.notes == ("label a,b: GitLab allows no comma in a label",)
    assert gitlab.pulls[0].labels == ["istio"]


@pytest.mark.parametrize(
    ("pipeline", "mergeable"),
    [("success", "yes"), ("skipped", "yes"), ("manual", "yes"), ("running", "not yet"), ("failed", "not yet")],
)
def test_a_pipeline_holds_back_also_where_it_is_not_required(
    gitlab: GitLabServer, opened: Opened, pipeline: str, mergeable: str
) -> None:
    gitlab.pipeline = pipeline
    gitlab.add()
    assert opened(gitlab).status(7).mergeable == mergeable


def test_a_branch_that_must_be_rebased_is_refused(gitlab: GitLabServer, opened: Opened) -> None:
    gitlab.add(verdict="behind")
    assert opened(gitlab).status(7).mergeable == "refused"


@pytest.mark.parametrize(("verdict", "mergeable"), [("ready", "yes"), ("conflict", "refused"), ("checking", "not yet")])
def test_a_gitlab_before_15_6_tells_of_conflicts_only(
    gitlab: GitLabServer, opened: Opened, verdict: str, mergeable: str
) -> None:
    gitlab.old = True
    gitlab.add(verdict=verdict)
    assert opened(gitlab).status(7).mergeable == mergeable


def test_a_merge_train_merges_later(gitlab: GitLabServer, opened: Opened) -> None:
    gitlab.train = True
    gitlab.add()
    done = opened(gitlab).merge(7, SHA)
    assert done.outcome == "not yet"
    assert "merge train" in done.reason


def test_who_may_not_merge_into_a_protected_branch_is_told(gitlab: GitLabServer, opened: Opened) -> None:
    """GitLab answers with 401, although the token is good."""
    gitlab.add()
    forge = opened(gitlab)
    gitlab.lose(Answer(401, {"message": "401 Unauthorized"}))
    expected = "the token in GITLAB_TOKEN may not merge into this protected branch"
    assert forge.merge(7, SHA) == MergeOutcome("refused", expected)


def test_a_refusal_of_what_is_merged_already_counts_as_merged(gitlab: GitLabServer, opened: Opened) -> None:
    gitlab.add()
    forge = opened(gitlab)
    gitlab.lose(Answer(405, {"message": "405 Method Not Allowed"}))
    assert forge.merge(7, SHA) == MergeOutcome("merged")


def test_a_mistake_of_a_field_is_told_in_gitlabs_words(gitlab: GitLabServer, opened: Opened) -> None:
    del gitlab.branches["promote"]
    with pytest.raises(InputError, match=r"\(400\): Source branch does not exist"):
        open_or_update(opened(gitlab), WANTED)

"""One pull request for one branch, on each of the three forges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render.errors import InputError, OutsideError
from render.forge.forge import open_or_update
from render.forge.types import PullRequestSpec
from tests.forge.conftest import Opened
from tests.support.forge.server import ForgeServer
from tests.support.forge.wire import Answer, Request

WANTED = PullRequestSpec(
    "Promote to 1.24.3", "What changes:\n- much\n", "promote", "main", ("istio",), ("ada", "grace")
)


def opens(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith(("/pulls", "/merge_requests"))


def test_a_pull_request_is_opened_as_wanted(server: ForgeServer, opened: Opened) -> None:
    found, outcome = open_or_update(opened(server), WANTED)
    (pull,) = server.pulls
    assert outcome == "opened"
    assert (pull.title, pull.body, pull.head, pull.base) == (WANTED.title, WANTED.body, "promote", "main")
    assert (pull.labels, pull.reviewers) == (["istio"], ["ada", "grace"])
    assert (found.number, found.title, found.head_sha, found.state) == (pull.number, WANTED.title, "a" * 40, "open")
    assert str(pull.number) in found.url
    assert not found.draft
    assert found.notes == ()


def test_the_second_time_nothing_is_asked_for(server: ForgeServer, opened: Opened) -> None:
    forge = opened(server)
    first, _ = open_or_update(forge, WANTED)
    before = server.changing()
    assert open_or_update(forge, WANTED) == (first, "unchanged")
    assert server.changing() == before


def test_one_that_a_person_has_opened_is_adopted(server: ForgeServer, opened: Opened) -> None:
    pull = server.add(title="wip stuff", body=None, labels=["promotion"], reviewers=["linus"])
    found, outcome = open_or_update(opened(server), WANTED)
    assert (found.number, outcome) == (pull.number, "updated")
    assert (pull.title, pull.body) == (WANTED.title, WANTED.body)
    assert pull.labels == ["promotion", "istio"]
    assert pull.reviewers == ["linus", "ada", "grace"]
    assert len(server.pulls) == 1


def test_only_what_differs_is_sent(server: ForgeServer, opened: Opened) -> None:
    server.add(title="Old", body=WANTED.body, labels=["istio"], reviewers=["ada", "grace"])
    _, outcome = open_or_update(opened(server), WANTED)
    assert outcome == "updated"
    (sent,) = [request.data for request, _ in server.exchanges if request.method != "GET"]
    assert sent == {"title": WANTED.title}


def test_line_endings_of_a_browser_are_no_difference(server: ForgeServer, opened: Opened) -> None:
    server.add(title=WANTED.title, body="What changes:\r\n- much", labels=["istio"], reviewers=["ada", "grace"])
    _, outcome = open_or_update(opened(server), WANTED)
    assert outcome == "unchanged"


def test_one_of_other_branches_or_of_a_fork_or_closed_is_not_adopted(server: ForgeServer, opened: Opened) -> None:
    server.branches["other"] = "d" * 40
    others = [
        server.add(head="other"),
        server.add(base="release"),
        server.add(from_fork=True),
        server.add(state="closed"),
        server.add(state="merged"),
    ]
    found, outcome = open_or_update(opened(server), WANTED)
    assert outcome == "opened"
    assert found.number not in [pull.number for pull in others]
    assert {pull.title for pull in others} == {"Promote"}


def test_it_is_found_on_a_later_page(server: ForgeServer, opened: Opened) -> None:
    server.page_size = 2
    for _ in range(5):
        server.add(from_fork=True)
    mine = server.add()
    found, outcome = open_or_update(opened(server), WANTED)
    assert (found.number, outcome) == (mine.number, "updated")


def test_one_that_another_process_opens_meanwhile_is_adopted(server: ForgeServer, opened: Opened) -> None:
    def meanwhile(request: Request) -> Answer | None:
        if opens(request):
            server.add(title="theirs")
        else:
            server.before.append(meanwhile)
        return None

    server.before.append(meanwhile)
    found, outcome = open_or_update(opened(server), WANTED)
    (pull,) = server.pulls
    assert (found.number, outcome) == (pull.number, "updated")
    assert pull.title == WANTED.title


def test_where_the_answer_is_lost_it_is_looked_for_before_it_is_opened_again(
    server: ForgeServer, opened: Opened
) -> None:
    server.lose()
    found, outcome = open_or_update(opened(server), WANTED)
    (pull,) = server.pulls
    assert (found.number, outcome) == (pull.number, "opened")
    assert (pull.labels, pull.reviewers) == (["istio"], ["ada", "grace"])
    assert len([1 for request, _ in server.exchanges if opens(request)]) == 1


def test_an_answer_of_a_broken_gateway_counts_as_lost(server: ForgeServer, opened: Opened) -> None:
    server.lose(Answer(502, text="<h1>Bad gateway</h1>"))
    open_or_update(opened(server), WANTED)
    assert len(server.pulls) == 1


def test_where_it_was_not_opened_it_is_opened_again(server: ForgeServer, opened: Opened) -> None:
    def broken(request: Request) -> Answer | None:
        if opens(request):
            answer = Answer(502, text="")
            server.answered_elsewhere.append(answer)
            return answer
        server.before.append(broken)
        return None

    server.before.append(broken)
    _, outcome = open_or_update(opened(server), WANTED)
    assert outcome == "opened"
    assert len(server.pulls) == 1


def test_it_is_not_tried_for_ever(server: ForgeServer, opened: Opened) -> None:
    def broken(request: Request) -> Answer | None:
        server.before.append(broken)
        if opens(request):
            answer = Answer(502, text="")
            server.answered_elsewhere.append(answer)
            return answer
        return None

    server.before.append(broken)
    with pytest.raises(OutsideError, match=r"answers 502.*run it again"):
        open_or_update(opened(server), WANTED)
    assert len([1 for request, _ in server.exchanges if opens(request)]) == 2


def test_an_unknown_reviewer_is_a_note_and_the_others_are_asked(server: ForgeServer, opened: Opened) -> None:
    found, outcome = open_or_update(opened(server), replace(WANTED, reviewers=("ada", "nobody", "grace")))
    assert outcome == "opened"
    assert server.pulls[0].reviewers == ["ada", "grace"]
    (note,) = found.notes
    assert note.startswith("reviewer nobody: ")


@pytest.mark.parametrize("name", ["github", "gitea"])  # GitLab takes labels and reviewers along when it opens
def test_what_fails_after_the_pull_request_is_open_is_a_note(
    name: str, opened: Opened, request: pytest.FixtureRequest
) -> None:
    """Such as a limit that is used up: the pull request is there, and the next run adds what is missing."""
    server: ForgeServer = request.getfixturevalue(name)
    forge = opened(server)
    limit = Answer(429, {"message": "slow down"}, {"Retry-After": "3600"})

    def busy(request: Request) -> Answer | None:
        server.before.append(busy)
        if request.path.endswith(("/labels", "/requested_reviewers")):
            server.answered_elsewhere.append(limit)
            return limit
        return None

    server.before.append(busy)
    found, outcome = open_or_update(forge, WANTED)
    assert outcome == "opened"
    assert len(found.notes) >= 2
    assert all("rate limit" in note for note in found.notes)
    server.before.clear()
    again, outcome = open_or_update(forge, WANTED)
    assert (outcome, again.notes) == ("updated", ())
    assert (server.pulls[0].labels, server.pulls[0].reviewers) == (["istio"], ["ada", "grace"])


def test_a_draft_stays_as_a_person_has_set_it(server: ForgeServer, opened: Opened) -> None:
    forge = opened(server)
    wanted = replace(WANTED, draft=True)
    found, _ = open_or_update(forge, wanted)
    assert (found.draft, found.title) == (True, WANTED.title)
    assert open_or_update(forge, wanted)[1] == "unchanged"
    pull = server.pulls[0]
    pull.draft, pull.title = False, WANTED.title
    again, outcome = open_or_update(forge, wanted)
    assert (again.draft, outcome) == (False, "unchanged")


def test_a_new_title_keeps_the_mark_of_a_draft(server: ForgeServer, opened: Opened) -> None:
    forge = opened(server)
    open_or_update(forge, replace(WANTED, draft=True))
    found, outcome = open_or_update(forge, replace(WANTED, title="Another"))
    assert (found.draft, found.title, outcome) == (True, "Another", "updated")


def test_a_branch_that_is_not_pushed_is_told_of(server: ForgeServer, opened: Opened) -> None:
    server.branches["promote"] = server.branches["main"]
    if server.kind != "github":
        del server.branches["promote"]
    with pytest.raises(InputError) as caught:
        open_or_update(opened(server), WANTED)
    assert "\n" not in str(caught.value)
    assert server.pulls == []

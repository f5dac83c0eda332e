"""Where a pull request stands, and merging exactly what was looked at, on each of the three forges."""

from __future__ import annotations

import pytest

from render.errors import InputError, OutsideError
from render.forge.types import MergeOutcome
from tests.forge.conftest import Opened
from tests.support.forge.server import ForgeServer
from tests.support.forge.wire import Answer, Request

SHA = "a" * 40


def test_what_is_ready_is_merged(server: ForgeServer, opened: Opened) -> None:
    forge = opened(server)
    pull = server.add()
    assert forge.status(pull.number).mergeable == "yes"
    assert forge.merge(pull.number, SHA) == MergeOutcome("merged")
    assert pull.state == "merged"


def test_merging_pins_the_commit(server: ForgeServer, opened: Opened) -> None:
    server.add()
    opened(server).merge(7, SHA)
    ((request, _),) = [pair for pair in server.exchanges if pair[0].path.endswith("/merge")]
    assert SHA in (request.data.get("sha"), request.data.get("head_commit_id"))


def test_what_was_pushed_since_is_not_merged(server: ForgeServer, opened: Opened) -> None:
    pull = server.add()
    server.branches["promote"] = "b" * 40
    done = opened(server).merge(pull.number, SHA)
    assert done.outcome == "refused"
    assert "bbbbbbbbbbbb, not at aaaaaaaaaaaa" in done.reason
    assert (pull.state, server.changing()) == ("open", [])


def test_what_is_pushed_in_the_last_moment_is_not_merged(server: ForgeServer, opened: Opened) -> None:
    def pushed(request: Request) -> Answer | None:
        if request.path.endswith("/merge"):
            server.branches["promote"] = "b" * 40
        else:
            server.before.append(pushed)
        return None

    pull = server.add()
    server.before.append(pushed)
    done = opened(server).merge(pull.number, SHA)
    assert done.outcome == "refused"
    assert done.reason
    assert pull.state == "open"


@pytest.mark.parametrize("verdict", ["checking", "waiting", "failing"])
def test_what_is_not_ready_is_not_merged_yet(server: ForgeServer, opened: Opened, verdict: str) -> None:
    server.add(verdict=verdict)
    if server.kind == "gitea":
        server.approvals = 1 if verdict == "waiting" else 0  # type: ignore[attr-defined]
        server.checks = "failure" if verdict == "failing" else None  # type: ignore[attr-defined]
    forge = opened(server)
    status = forge.status(7)
    assert status.mergeable == "not yet"
    assert forge.merge(7, SHA) == MergeOutcome("not yet", status.reason)
    assert status.reason
    assert server.changing() == []


def test_a_draft_is_not_merged_yet(server: ForgeServer, opened: Opened) -> None:
    server.add(draft=True, title={"gitlab": "Draft: x", "gitea": "WIP: x"}.get(server.kind, "x"))
    assert opened(server).merge(7, SHA) == MergeOutcome("not yet", "it is a draft")


def test_conflicts_are_refused(server: ForgeServer, opened: Opened) -> None:
    server.add(verdict="conflict")
    status = opened(server).status(7)
    # Gitea has one field for conflicts and for still looking for them.
    assert status.mergeable == ("not yet" if server.kind == "gitea" else "refused")
    assert "conflicts" in status.reason


def test_a_closed_one_is_refused(server: ForgeServer, opened: Opened) -> None:
    server.add(state="closed")
    forge = opened(server)
    assert forge.merge(7, SHA) == MergeOutcome("refused", "it was closed without a merge")
    assert (forge.status(7).pull_request.state, forge.status(7).mergeable) == ("closed", "refused")


def test_merging_twice_says_merged(server: ForgeServer, opened: Opened) -> None:
    server.add(state="merged")
    forge = opened(server)
    assert forge.merge(7, SHA) == MergeOutcome("merged")
    assert forge.status(7).pull_request.state == "merged"


def test_what_was_merged_at_another_commit_is_told(server: ForgeServer, opened: Opened) -> None:
    server.add(state="merged", sha="b" * 40)
    done = opened(server).merge(7, SHA)
    assert done == MergeOutcome("refused", "it was merged at bbbbbbbbbbbb, not at aaaaaaaaaaaa")


def test_a_merge_whose_answer_is_lost_is_looked_at(server: ForgeServer, opened: Opened) -> None:
    server.add()
    server.lose()
    assert opened(server).merge(7, SHA) == MergeOutcome("merged")


def test_a_merge_that_did_not_happen_is_not_said_to_have(server: ForgeServer, opened: Opened) -> None:
    def broken(request: Request) -> Answer | None:
        if request.path.endswith("/merge"):
            answer = Answer(503, text="")
            server.answered_elsewhere.append(answer)
            return answer
        server.before.append(broken)
        return None

    pull = server.add()
    server.before.append(broken)
    with pytest.raises(OutsideError, match="503"):
        opened(server).merge(7, SHA)
    assert pull.state == "open"


def test_a_number_that_is_not_there_is_told_of(server: ForgeServer, opened: Opened) -> None:
    server.fail(Answer(404, {"message": "Not found"}))
    with pytest.raises(InputError, match=rf"/7 is not there, or the token in {server.tokens} cannot see it"):
        opened(server).status(7)

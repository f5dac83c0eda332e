"""Operations read back from real histories: linear, squashed, merged, cut off."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from render.errors import InputError
from render.operations.change.trailers import LoggedOperation, find_operation, operations
from tests.support.git.history import History

FIRST, SECOND, THIRD = "promote-3f2a9c01d4", "promote-3f2b00aa11", "roll-back-77aa00bb12"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "repo")


def operate(history: History, name: str, *trailers: str) -> str:
    return history.commit(history.message("Move shop", f"Meshrev-Operation: {name}", *trailers))


def ids(history: History, rev: str = "HEAD", limit: int | None = None) -> list[str]:
    return [operation.id for operation in operations(history.root, rev, limit)]


def test_an_operation_is_read_back_as_its_trailers_say(history: History) -> None:
    parent = history.commit()
    commit = operate(
        history,
        FIRST,
        "Meshrev-From: default-v1-24-2",
        "Meshrev-To: default-v1-24-3",
        "Meshrev-Wave: canary",
        "Meshrev-Moved: 3 namespaces, 2 workloads, 2 clusters",
        "Meshrev-Specs-Digest: 00ff",
        "Meshrev-Version: 1.2.3",
        "Signed-off-by: Ann <ann@example.com>",
    )
    history.commit("Meshrev-Operations are fine\n\nSee Meshrev-Operation: in the manual.")
    (only,) = operations(history.root)
    assert only == LoggedOperation(
        id=FIRST,
        commit=commit,
        parent=parent,
        landed=commit,
        at=only.at,
        author="Ann",
        subject="Move shop",
        from_="default-v1-24-2",
        to="default-v1-24-3",
        wave="canary",
        moved="3 namespaces, 2 workloads, 2 clusters",
        specs_digest="00ff",
        version="1.2.3",
    )
    assert only.verb == "promote"
    assert only.at.tzinfo is UTC
    history.hours = 2
    assert only.at == history.time()


def test_the_newest_comes_first_whatever_its_clock_said(history: History) -> None:
    operate(history, FIRST)
    history.hours = -100
    operate(history, SECOND)
    operate(history, THIRD, f"Meshrev-Undoes: {SECOND}", f"Meshrev-Undoes: {FIRST}")
    assert ids(history) == [THIRD, SECOND, FIRST]
    assert ids(history, limit=1) == [THIRD]
    assert ids(history, rev="HEAD~1") == [SECOND, FIRST]
    newest = operations(history.root)[0]
    assert (newest.verb, newest.undoes) == ("roll-back", (SECOND, FIRST))


def test_a_squash_merge_holds_several_operations_in_the_middle_of_its_message(history: History) -> None:
    one = history.message("Move shop", f"Meshrev-Operation: {FIRST}", "Meshrev-To: a")
    two = history.message("Move cart", f"Meshrev-Operation: {SECOND}", "Meshrev-To: b")
    commit = history.commit(
        f"Upgrade (#12)\n\n* {one}\n* {two}\n* fix: a typo\n\n---------\n\nCo-authored-by: B <b@c>\n"
    )
    found = operations(history.root)
    assert {(one.id, one.to, one.commit, one.subject) for one in found} == {
        (FIRST, "a", commit, "Upgrade (#12)"),
        (SECOND, "b", commit, "Upgrade (#12)"),
    }


def test_operations_whose_trailers_were_run_together_stay_apart(history: History) -> None:
    history.commit(
        f"Squashed\r\n\r\nMeshrev-Operation: {FIRST}\r\nMeshrev-To: a\r\n"
        f"Meshrev-Operation: {SECOND}\r\nMeshrev-To: b\r\n\r\nThe end.\r\n"
    )
    assert {(one.id, one.to) for one in operations(history.root)} == {(FIRST, "a"), (SECOND, "b")}


def test_a_merge_that_repeats_the_trailers_of_what_it_brings_tells_them_once(history: History) -> None:
    start = history.commit()
    history.git("checkout", "-qb", "feature")
    commit = operate(history, FIRST)
    history.git("checkout", "-q", "main")
    between = operate(history, SECOND)
    merge = history.merge("feature", f"Merge pull request #7\n\nMeshrev-Operation: {FIRST}")
    first, second = operations(history.root)
    assert (first.id, first.commit, first.parent, first.landed) == (FIRST, commit, start, merge)
    assert first.at == history.time()
    assert (second.id, second.landed) == (SECOND, between)


def test_what_was_done_again_is_told_again(history: History) -> None:
    commits = [operate(history, FIRST), history.commit('Revert "Move shop"'), operate(history, FIRST)]
    assert [one.commit for one in operations(history.root)] == [commits[2], commits[0]]
    assert find_operation(history.root, FIRST).commit == commits[2]


def test_an_operation_is_found_by_the_beginning_of_its_id(history: History) -> None:
    operate(history, FIRST)
    operate(history, SECOND)
    assert find_operation(history.root, FIRST).id == FIRST
    assert find_operation(history.root, "promote-3f2a").id == FIRST
    assert find_operation(history.root, "3f2a9c").id == FIRST


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("promote-3f2", f"could be {FIRST}, {SECOND}: write more of it"),
        ("3f2a", "is too short to name an operation: 6 characters at least"),
        ("promote-3f2a9c01d5", f"there is no operation promote-3f2a9c01d5 (did you mean {FIRST}?)"),
        ("zzzzzzzz", "there is no operation zzzzzzzz (`meshrev log` lists them)"),
    ],
)
def test_an_id_that_means_no_operation_or_several_is_refused(history: History, name: str, why: str) -> None:
    operate(history, FIRST)
    operate(history, SECOND)
    with pytest.raises(InputError) as caught:
        find_operation(history.root, name)
    assert why in str(caught.value)


def test_a_shallow_clone_tells_what_it_has_and_how_to_get_the_rest(history: History, tmp_path: Path) -> None:
    operate(history, FIRST)
    operate(history, SECOND)
    history.git("clone", "-q", "--depth", "1", f"file://{history.root}", str(tmp_path / "clone"))
    (only,) = operations(tmp_path / "clone")
    assert only.id == SECOND
    with pytest.raises(InputError, match="fetch-depth: 0"):
        find_operation(tmp_path / "clone", FIRST)


def test_what_would_move_a_terminals_cursor_is_written_out(history: History) -> None:
    history.commit(f"Move \x1b[31mshop\n\nMeshrev-Operation: {FIRST}\nMeshrev-To: a\x1b[2Jb\n")
    (only,) = operations(history.root)
    assert (only.subject, only.to) == ("Move \\x1b[31mshop", "a\\x1b[2Jb")


def test_nothing_was_done_where_nothing_is_committed(history: History) -> None:
    assert operations(history.root) == []


@pytest.mark.parametrize(
    ("rev", "why"), [("mian", "did you mean main?"), ("-x", "-x names no commit"), ("", "'' names")]
)
def test_a_revision_that_is_not_there_is_refused(history: History, rev: str, why: str) -> None:
    history.commit()
    with pytest.raises(InputError) as caught:
        operations(history.root, rev)
    assert why in str(caught.value)


def test_a_persons_settings_change_nothing(history: History) -> None:
    operate(history, FIRST)
    for setting in ("log.showSignature=true", "color.ui=always", "log.date=relative", "format.pretty=oneline"):
        history.git("config", *setting.split("="))
    assert ids(history) == [FIRST]

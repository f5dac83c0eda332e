"""What all backends judge alike: what a text or a label is missing, and whether to merge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from render.errors import MeshrevError
from render.forge.connection import RefusedError, UnansweredRequest
from render.forge.types import CheckState, MergeOutcome, Status


def before_merging(status: Status, sha: str) -> MergeOutcome | None:
    """Returns the answer without asking the forge to merge; None where it should be asked."""
    found = status.pull_request
    if found.state == "merged":
        if found.head_sha == sha:
            return MergeOutcome("merged")
        return MergeOutcome("refused", f"it was merged at {found.head_sha[:12]}, not at {sha[:12]}")
    if found.state == "closed":
        return MergeOutcome("refused", "it was closed without a merge")
    if found.head_sha != sha:
        return MergeOutcome(
            "refused", f"its branch is at {found.head_sha[:12]}, not at {sha[:12]}: look at what was pushed"
        )
    return None if status.mergeable == "yes" else MergeOutcome(status.mergeable, status.reason)


def after_no_answer(error: UnansweredRequest, again: Callable[[], Status], sha: str) -> MergeOutcome:
    """Returns a merge whose answer was lost: merged, if the forge says so now. Raises the error otherwise."""
    status = again()
    answer = before_merging(status, sha) if status.pull_request.state == "merged" else None
    if answer is None:
        raise error
    return answer


def same_text(one: str | None, other: str) -> bool:
    """Equal but for line endings and white space at the ends, which forges and browsers change."""
    return _plain(one or "") == _plain(other)


def missing(wanted: Iterable[str], present: Iterable[str]) -> list[str]:
    """Returns what is wanted and not there, each once, in its order; upper and lower case are one."""
    there = {name.casefold() for name in present}
    return [name for name in dict.fromkeys(wanted) if name.casefold() not in there]


def noting(notes: list[str], what: str, act: Callable[[], object]) -> bool:
    """Returns whether it was done. The pull request is open by now: what else fails is told of, and fails nothing."""
    try:
        act()
    except RefusedError as error:
        notes.append(f"{what}: {error.said or error}")
    except MeshrevError as error:
        notes.append(f"{what}: {error}")
    else:
        return True
    return False


def one_by_one(notes: list[str], what: str, names: list[str], act: Callable[[list[str]], object]) -> bool:
    """Returns whether any was done: all at once, and where that is refused, each by itself, so that one wrong name
    spoils no other."""
    if len(names) <= 1:
        return any(noting(notes, f"{what} {name}", partial(act, [name])) for name in names)
    try:
        act(names)
    except RefusedError:
        return sum(noting(notes, f"{what} {name}", partial(act, [name])) for name in names) > 0
    except MeshrevError as error:
        notes.append(f"{what} {', '.join(names)}: {error}")
        return False
    return True


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def worse(one: CheckState | None, other: CheckState) -> CheckState:
    """Returns the state that says less good of two checks of one name."""
    order: tuple[CheckState, ...] = ("failed", "pending", "passed")
    return other if one is None else min(one, other, key=order.index)

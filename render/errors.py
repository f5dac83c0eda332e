"""What stops a command, each with the exit code that it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, Unpack

from render.codes import Severity
from render.finding import Finding, in_order


class MeshrevError(Exception):
    """Expected trouble: caught once, in the command line, and printed without a traceback."""

    exit_code = 2


class InputError(MeshrevError):
    """The specs, the tree or the arguments are wrong: all that is wrong with them, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = in_order(findings)
        super().__init__("\n".join(finding.text() for finding in self.findings))

    def __reduce__(self) -> tuple[type[InputError], tuple[list[Finding]]]:
        # From a process to another: Python would make it anew from its text.
        return type(self), (self.findings,)


class DriftError(InputError):
    """The committed tree is not what the specs say, and the command answers for it."""

    exit_code = 1


class OutsideError(MeshrevError):
    """The outside world failed (network, forge, git remote): the same command may succeed later."""

    exit_code = 4


class _Where(TypedDict, total=False):
    """The fields of a `Finding` beside its code and message."""

    severity: Severity
    file: str | None
    line: int | None
    column: int | None
    object: str | None
    field: str | None


def wrong(code: str, message: str, **where: Unpack[_Where]) -> InputError:
    """Returns an `InputError` of one finding; `where` are the finding's other fields."""
    return InputError([Finding(code, message, **where)])

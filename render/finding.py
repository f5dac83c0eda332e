"""One type for everything that is wrong or worth saying: what lint, errors, SARIF and the terminal print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from render.codes import ITS_OWN, Severity, severity_of


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where a person wrote it, and in which object.

    `line` and `column` count from 1; `file` is relative to the fleet's root, with `/`.
    `object` is `Kind/name` (`Kind/namespace/name` where it has one); `field` is a path such as
    `spec.values.pilot.env`. The message says what was expected and, where it can, what to do. `severity` is the code's
    own where nothing is said. `KeyError` for a code that is not in the table of codes.
    """

    code: str
    message: str
    severity: Severity = ITS_OWN
    file: str | None = None
    line: int | None = None
    column: int | None = None
    object: str | None = None
    field: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", severity_of(self.code, self.severity))

    def text(self) -> str:
        """Returns the one line for a person: `file:line:column: object: field: message`, absent parts left out."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return ": ".join(part for part in (place, self.object, self.field, self.message) if part)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Returns each finding once, by file, line and column, so that two runs print the same."""
    return sorted(
        dict.fromkeys(findings),
        key=lambda f: (f.file or "", f.line or 0, f.column or 0, f.object or "", f.field or "", f.message),
    )

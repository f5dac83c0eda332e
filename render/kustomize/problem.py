"""What is wrong with an object or with values, before it is known where a person wrote it.

A finding needs the line of a file, and finding that line means reading the file again: that is done only for what is
reported (`locate.finding`).
"""

from __future__ import annotations

from dataclasses import dataclass

from render.codes import ITS_OWN, Severity, severity_of
from render.kustomize.resource import Resource
from render.messages import FieldPath


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads to the field that is wrong, also where it is not there yet.

    `resource` is the object; None while data is looked at by itself, and for values that are of no object.
    """

    code: str
    message: str
    resource: Resource | None = None
    path: FieldPath = ()
    severity: Severity = ITS_OWN

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", severity_of(self.code, self.severity))

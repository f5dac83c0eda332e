"""What is wrong with a plan: a finding that still knows the spec, so that its line can be looked up."""

from __future__ import annotations

from dataclasses import dataclass

from render.codes import ITS_OWN, Severity, severity_of
from render.kustomize.resource import Resource
from render.messages import FieldPath


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads to the field of `resource` that is wrong. Rooms that may read files make a Finding of it."""

    code: str
    message: str
    resource: Resource
    path: FieldPath = ()
    severity: Severity = ITS_OWN

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", severity_of(self.code, self.severity))

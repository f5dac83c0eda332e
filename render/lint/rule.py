"""What a rule is: a question to one cluster under a code that stays, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from render.codes import ITS_OWN, Severity
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.lint.view import View
from render.messages import FieldPath


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule found; `path` leads to the field of `resource`. `severity` where it is not the code's own."""

    message: str
    resource: Resource
    path: FieldPath = ()
    severity: Severity | None = None


class ClusterViolation(NamedTuple):
    """A violation that only shows beside other clusters, and the cluster that it is in."""

    cluster: str
    violation: Violation


Find = Callable[[View], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a code that has a page. `why` is one sentence: what breaks.

    `find` asks one cluster; None where the findings of this code are made elsewhere (the plan, the proof, waivers).
    """

    code: str
    why: str
    find: Find | None = None

    def problem(self, found: Violation) -> Problem:
        """Returns what the rule found under its code, with the code's severity where it has none of its own."""
        return Problem(self.code, found.message, found.resource, found.path, found.severity or ITS_OWN)

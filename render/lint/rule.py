"""What a rule is: a question to one cluster under a code that stays, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from render.finding import Severity
from render.kustomize.resource import Resource
from render.lint.view import View
from render.messages import FieldPath

Family = Literal["labels", "defaults", "versions", "components", "webhooks", "meshes", "delivery", "hazards", "waivers"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found; `path` leads to the field of `resource`. `severity` where it differs from the rule's."""

    message: str
    resource: Resource
    path: FieldPath = ()
    severity: Severity | None = None


Find = Callable[[View], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and its page `docs/rules/<code>.md`. `why` is one sentence: what breaks.

    `find` asks one cluster; None where the findings of this code are made elsewhere (the plan, the proof, waivers).
    """

    code: str
    title: str
    severity: Severity
    family: Family
    why: str
    find: Find | None = None

"""Kubernetes label selectors, evaluated and compared as sets of label values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from render.plan.labels import Labels

Selector = Mapping[str, Any]

ABSENT = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition of a selector on one key: In, NotIn, Exists, DoesNotExist."""

    key: str
    operator: str
    values: frozenset[str]

    def admits(self, value: str | None) -> bool:
        """Returns whether a label of this value (None: no such label) meets it (Kubernetes, set-based requirements).

        NotIn is met by objects without the key, In is not.
        """
        if self.operator == "In":
            return value is not None and value in self.values
        if self.operator == "NotIn":
            return value is None or value not in self.values
        if self.operator == "Exists":
            return value is not None
        return value is None


def requirements(selector: Selector | None) -> tuple[Requirement, ...]:
    """Returns all conditions of a selector; none for a missing or empty one, which selects everything.

    Raises ValueError for an operator that Kubernetes does not have.
    """
    found = [
        Requirement(key, "In", frozenset([value])) for key, value in ((selector or {}).get("matchLabels") or {}).items()
    ]
    for expression in (selector or {}).get("matchExpressions") or ():
        operator = expression["operator"]
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            raise ValueError(f"{operator} is not an operator of a label selector")
        found.append(Requirement(expression["key"], operator, frozenset(expression.get("values") or ())))
    return tuple(found)


def matches(selector: Selector | None, labels: Labels) -> bool:
    """Returns whether the labels are selected: every condition holds."""
    return all(requirement.admits(labels.get(requirement.key)) for requirement in requirements(selector))


def keys_and_values(found: Iterable[Requirement]) -> dict[str, set[str]]:
    """Returns every key that the conditions mention, with every value that they tell apart."""
    mentioned: dict[str, set[str]] = {}
    for requirement in found:
        mentioned.setdefault(requirement.key, set()).update(requirement.values)
    return mentioned

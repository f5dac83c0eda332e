"""Which versions of meshrev a fleet or a cluster accepts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from render.finding import Finding
from render.kustomize.problem import Problem
from render.version import VERSION

PATH = ("spec", "requiredVersion")
NOT_MET = "MR058"


def version_problem(required: str | None) -> Iterator[Problem]:
    """Yields what is wrong with a `requiredVersion`: no PEP 440 specifier, or one that this program does not meet."""
    if required is not None and (found := _problem(required)):
        yield found


def other_program_first(findings: list[Finding]) -> list[Finding]:
    """Only that another version of meshrev is needed, where it is: its fields would look like mistakes to this one."""
    return [found for found in findings if found.code == NOT_MET] or findings


@cache
def _problem(required: str) -> Problem | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        accepted = SpecifierSet(required)
    except InvalidSpecifier:
        return Problem("MR059", f"{required} is not a version specifier (PEP 440), such as >=1.0,<2", path=PATH)
    if accepted.contains(VERSION, prereleases=True):
        return None
    return Problem(NOT_MET, f"needs meshrev {required}, and this is {VERSION} (install one that it accepts)", path=PATH)

"""The rollouts of a fleet: the files below `rollouts/`."""

from __future__ import annotations

from collections.abc import Iterator

from render.errors import InputError, wrong
from render.finding import Finding
from render.kustomize.locate import finding
from render.kustomize.problem import Problem
from render.kustomize.read import resources
from render.kustomize.reader import Reader
from render.messages import did_you_mean
from render.specs.check import CheckedObject, check
from render.specs.rollout.kinds import RevisionRollout

FOLDER = "rollouts"
CODE = "MR341"
_ENDINGS = (".yaml", ".yml", ".json")


def load_rollouts(reader: Reader) -> list[RevisionRollout]:
    """Returns the rollouts of the fleet in order of name; empty where it has none.

    `InputError` with all that is wrong in their files.
    """
    found = [check(resource) for file in _files(reader, FOLDER) for resource in resources(reader, file)]
    findings = [finding(problem, reader) for problem in _problems(found)]
    if errors := [one for one in findings if one.severity == "error"]:
        raise InputError(errors)
    return sorted((item.spec for item in found), key=lambda rollout: rollout.name)


def load_rollout(reader: Reader, name: str | None = None) -> RevisionRollout:
    """Returns the rollout of this name, or without one the only one. `InputError` where it is not there, or there are
    several, and for what is wrong in any of their files."""
    known = {rollout.name: rollout for rollout in load_rollouts(reader)}
    if name in known:
        return known[name]
    names = ", ".join(known)
    if name is not None:
        guess = did_you_mean(name, known) or (f" (known: {names})" if known else " (`meshrev rollout new` writes one)")
        raise wrong(CODE, f"there is no rollout {name}{guess}", file=FOLDER)
    if not known:
        raise wrong(CODE, "this fleet has no rollout: `meshrev rollout new` writes one", file=FOLDER)
    if len(known) > 1:
        raise wrong(CODE, f"there are several rollouts, name the one that is meant: {names}", file=FOLDER)
    return next(iter(known.values()))


def _files(reader: Reader, folder: str) -> Iterator[str]:
    for name in reader.entries(folder):
        path = f"{folder}/{name}"
        if reader.is_folder(path):
            yield from _files(reader, path)
        elif name.endswith(_ENDINGS) and not name.startswith("."):
            yield path


def _problems(found: list[CheckedObject]) -> Iterator[Problem]:
    seen: dict[str, CheckedObject] = {}
    for item in found:
        yield from item.problems
        if item.kind != "RevisionRollout":
            message = f"{item.resource.title} is no RevisionRollout, and nothing else belongs in {FOLDER}/"
            yield Problem(CODE, message, item.resource, ("kind",))
        elif (first := seen.setdefault(item.resource.name, item)) is not item:
            message = f"{first.resource.origin.file} has a rollout of this name"
            yield Problem(CODE, message, item.resource, ("metadata", "name"))


def rollout_findings(reader: Reader) -> tuple[Finding, ...]:
    """Returns what is wrong or odd in the files of rollouts, for lint."""
    try:
        found = [check(resource) for file in _files(reader, FOLDER) for resource in resources(reader, file)]
    except InputError as error:
        return tuple(error.findings)
    return tuple(finding(problem, reader) for problem in _problems(found))

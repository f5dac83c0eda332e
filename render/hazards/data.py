"""What is known to go wrong between two releases of Istio: facts with sources, and which of them a move can meet.

The data is `hazards.yaml`, and what a fleet's own `releases.yaml` adds; docs/hazards.md says how to read and extend it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from render.errors import InputError
from render.finding import Finding
from render.hazards.conditions import Condition, condition, kinds
from render.hazards.paths import pattern
from render.messages import FieldPath, field_text, one_line
from render.specs.releases import FLEET_FILE, Release, parse
from render.yamlio.documents import parse as parse_documents
from render.yamlio.positions import locate

Severity = Literal["outage", "security", "behaviour", "config", "info"]
Component = Literal["control plane", "cni", "ztunnel"]
Meeting = Literal["comes with", "leaves", "stays with"]

SEVERITIES: tuple[Severity, ...] = ("outage", "security", "behaviour", "config", "info")
OLDEST = parse("1.23.0")  # as `introduced`, it also stands for every older release


@dataclass(frozen=True, slots=True)
class Sign:
    """How a person sees that a fleet has it: where to look, at which path or kind, and when it is so."""

    where: str
    at: str
    when: str


@dataclass(frozen=True, slots=True)
class Look:
    """One way to see it in files: at every object of `kinds`, or at the cluster as a whole where there are none.

    `pods` stands for everything with a pod template. `at` is the place to show instead of what `holds` found;
    `component` is what must move for it to matter.
    """

    kinds: tuple[str, ...]
    holds: Condition | None
    at: FieldPath | None
    component: Component


@dataclass(frozen=True, slots=True)
class Hazard:
    """`fixed` lists the first good patch of each minor that got one, None where none did. `applies` says which end
    of a move must be affected. `unseen` is why files cannot show it, where nobody could write a detection.
    `asked` is what must be so for a person to be asked about it."""

    id: str
    title: str
    severity: Severity
    introduced: Release
    fixed: tuple[Release, ...] | None
    applies: Literal["crossing", "starting"]
    sign: Sign
    effect: str
    avoid: str
    source: str
    component: Component
    looks: tuple[Look, ...]
    unseen: str | None
    asked: Condition | None

    @property
    def is_of_version_alone(self) -> bool:
        """Whether every fleet of an affected release has it."""
        return any(not look.kinds and look.holds is None for look in self.looks)

    @property
    def question(self) -> str:
        """What a reviewer is asked where files cannot tell."""
        return f"{self.sign.at}: {self.sign.when}?"


def hazards(from_version: str, to_version: str, releases_file: bytes = b"") -> list[Hazard]:
    """Returns the hazards of a move between two releases (`1.24.3` or `v1.24.3`), the worst severity first.

    `releases_file` is as for `every_hazard`. `InputError` for what is no release.
    """
    return list(_between(parse(from_version), parse(to_version), releases_file))


def has_hazard(version: str, hazard: Hazard) -> bool:
    """Returns whether a release has it: not older than `introduced`, and older than the fix of its minor. A minor
    before all that got a fix has it in every patch, one that is not listed and comes later in none."""
    return _is_affected(parse(version), hazard)


def meets(from_version: str, to_version: str, hazard: Hazard) -> Meeting | None:
    """Returns how a move meets it, None where it does not.

    A `crossing` hazard is met by a move from a release without it to one with it. A `starting` one is met where
    the release that is left has it (also when the target is good: then behaviour changes with the fix), or where
    only the target has it, which lacks a fix that the start had or did not need.
    """
    return _meets(parse(from_version), parse(to_version), hazard)


@lru_cache(maxsize=16)
def every_hazard(releases_file: bytes = b"") -> tuple[Hazard, ...]:
    """Returns all that is known, in the order of the data, and what the text of a fleet's `releases.yaml` adds. One
    with an id that is known takes that one's place.

    Raises `InputError` for conditions in that file that cannot be read, each with its place.
    """
    own = _of_fleet(releases_file) if releases_file else ()
    return tuple({one.id: one for one in (*_builtin().hazards, *own)}.values())


class HazardData(NamedTuple):
    """Hazards, and the conditions that have names."""

    hazards: tuple[Hazard, ...]
    terms: Mapping[str, Condition]


@cache
def _builtin() -> HazardData:
    import yaml

    data = yaml.load(Path(__file__).with_name("hazards.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return read(data)


def read(data: Mapping[str, Any]) -> HazardData:
    """Returns hazards from data of the form of `hazards.yaml`. `ValueError`, with the id, where something is wrong in
    it."""
    terms: dict[str, Condition] = {}
    for name, term in data["terms"].items():
        terms[name] = condition(term, terms)
    return HazardData(tuple(_hazard(entry, terms) for entry in data["hazards"]), terms)


def _of_fleet(text: bytes) -> tuple[Hazard, ...]:
    """Returns the hazards of a file that is as its schema says. Its conditions may name those of `hazards.yaml`."""
    documents = parse_documents(text, FLEET_FILE)
    data = documents[0].data if documents and isinstance(documents[0].data, dict) else {}
    terms = dict(_builtin().terms)
    found: list[Hazard] = []
    mistakes: list[Finding] = []

    def keep_mistake(path: FieldPath, error: ValueError) -> None:
        line, column = locate(text, 0, path)
        at = field_text(path)
        mistakes.append(Finding("MR286", one_line(str(error)), file=FLEET_FILE, line=line, column=column, field=at))

    for name, term in data.get("terms", {}).items():
        try:
            terms[name] = condition(term, terms)
        except ValueError as error:
            keep_mistake(("terms", name), error)
    for number, entry in enumerate(data.get("hazards", ())):
        try:
            found.append(_hazard(entry, terms))
        except ValueError as error:
            keep_mistake(("hazards", number), error)
    if mistakes:
        raise InputError(mistakes)
    return tuple(found)


def _hazard(entry: Mapping[str, Any], terms: Mapping[str, Condition]) -> Hazard:
    try:
        if unknown := entry.keys() - _FIELDS:
            raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
        component = entry.get("component", "control plane")
        fixed = entry.get("fixed")
        return Hazard(
            id=entry["id"],
            title=entry["title"],
            severity=entry["severity"],
            introduced=parse(entry["introduced"]),
            fixed=tuple(parse(version) for version in fixed) if fixed else None,
            applies=entry["applies"],
            sign=Sign(entry["sign"]["where"], entry["sign"]["path_or_kind"], entry["sign"]["when"]),
            effect=entry["effect"],
            avoid=entry["avoid"],
            source=entry["source"],
            component=component,
            looks=tuple(_look(look, component, terms) for look in entry.get("detect", ())),
            unseen=entry.get("unseen"),
            asked=condition(entry["asked"], terms) if "asked" in entry else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{entry.get('id')}: {error}") from error


_FIELDS = {
    *("id", "title", "severity", "introduced", "fixed", "applies", "sign", "effect", "avoid", "source"),
    *("component", "detect", "unseen", "asked"),
}


def _look(look: Mapping[str, Any], component: Component, terms: Mapping[str, Condition]) -> Look:
    if unknown := look.keys() - {"in", "if", "at", "component"}:
        raise ValueError(f"a look has no {', '.join(sorted(unknown))}")
    return Look(
        kinds=kinds(look.get("in", [])),
        holds=condition(look["if"], terms) if "if" in look else None,
        at=pattern(look["at"]) if "at" in look else None,
        component=look.get("component", component),
    )


@lru_cache(maxsize=1024)
def _between(start: Release, target: Release, releases_file: bytes) -> tuple[Hazard, ...]:
    met = [hazard for hazard in every_hazard(releases_file) if _meets(start, target, hazard)]
    return tuple(sorted(met, key=lambda hazard: SEVERITIES.index(hazard.severity)))


def _meets(start: Release, target: Release, hazard: Hazard) -> Meeting | None:
    before, after = _is_affected(start, hazard), _is_affected(target, hazard)
    if after and not before:
        return "comes with"
    if before and hazard.applies == "starting":
        return "stays with" if after else "leaves"
    return None


def _is_affected(version: Release, hazard: Hazard) -> bool:
    if version < hazard.introduced and hazard.introduced != OLDEST:
        return False
    if hazard.fixed is None:
        return True
    fix = next((fix for fix in hazard.fixed if fix.line == version.line), None)
    return version < fix if fix else version < min(hazard.fixed)

"""What is known of each release: files under `facts/<minor>/`, each minor saying only what changed.

`common.yaml` holds what all components share, `<component>.yaml` what is the component's own. A minor
inherits from the one before it: maps merge, lists and scalars replace, null takes away. `patches` of a
file says from which patch release on something differs; the next minor inherits without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from render.errors import wrong
from render.messages import did_you_mean
from render.specs import releases

_FOLDER = Path(__file__).parent / "facts"


class ReleaseFacts(dict[str, Any]):
    """Facts by name, as templates ask for them; a name that no file gives is an error, not empty."""


@dataclass(frozen=True, slots=True, eq=False)
class FactSet:
    """One component of one release.

    `values` are the chart's defaults; `profiles`, `platforms` and `compatibility` the values that each name
    lays over them; `templates` is the folder of its templates; `objects` are those to render, in order, each
    with the resource scope that wants it (true: any); `facts` is what they ask for.
    """

    component: str
    version: str
    values: dict[str, Any]
    profiles: dict[str, dict[str, Any]]
    platforms: dict[str, dict[str, Any]]
    compatibility: dict[str, dict[str, Any]]
    templates: str
    objects: dict[str, str | bool]
    facts: ReleaseFacts


@lru_cache(maxsize=256)
def facts_of(component: str, version: str) -> FactSet:
    """Returns the facts of a component in a release such as `1.24.3`; `InputError` names the nearest known one."""
    release = releases.parse(version)
    if release.line not in minors() or release not in releases.minors()[release.line].releases:
        raise wrong("MR043", releases.unknown(str(release), releases.known_versions(aliases=False)), field="version")
    if component not in components():
        known = ", ".join(components())
        raise wrong("MR085", f"{component} is not a component{did_you_mean(component, components())}: {known}")
    part = _chain(release.line, component)
    whole = part.get("part_of", component)
    common, own = (_from_patch(_chain(release.line, name), release.patch) for name in ("common", whole))
    only = part.get("only", own["objects"])
    version = str(release).removeprefix("v")
    return FactSet(
        component=component,
        version=version,
        values=_by_version(own["values"], version),
        profiles=common["profiles"],
        platforms=common["platforms"],
        compatibility=common["compatibility_versions"],
        templates=own.get("templates", whole),
        objects={name: scope for name, scope in own["objects"].items() if name in only},
        facts=ReleaseFacts(inherit(common["facts"], own["facts"])),
    )


@lru_cache(maxsize=1)
def minors() -> tuple[str, ...]:
    """Returns the minor releases that have facts, oldest first."""
    return tuple(sorted((folder.name for folder in _FOLDER.iterdir()), key=_number))


@lru_cache(maxsize=1)
def components() -> tuple[str, ...]:
    """Returns the components that have facts."""
    files = (_FOLDER / minors()[0]).glob("*.yaml")
    return tuple(sorted(file.stem for file in files if file.stem != "common"))


def platforms(version: str, component: str = "istiod") -> tuple[str, ...]:
    """Returns the platforms that a component of a release knows, none in the oldest; `InputError` for an unknown
    release."""
    return tuple(facts_of(component, version).platforms)


def inherit(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """`older` with what `newer` says laid over it: maps merge, null takes away, anything else replaces."""
    result = dict(older)
    for name, value in newer.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            before = result.get(name)
            result[name] = inherit(before if isinstance(before, dict) else {}, value)
        else:
            result[name] = value
    return result


@lru_cache(maxsize=64)
def _chain(minor: str, name: str) -> dict[str, Any]:
    """Returns a facts file with all that it inherits; `patches` are of this minor alone."""
    file = _FOLDER / minor / f"{name}.yaml"
    own = yaml.load(file.read_bytes(), yaml.CSafeLoader) or {} if file.exists() else {}
    place = minors().index(minor)
    if place == 0:
        return dict(own)
    before = dict(_chain(minors()[place - 1], name))
    before.pop("patches", None)
    return inherit(before, own)


def _from_patch(facts: dict[str, Any], patch: int) -> dict[str, Any]:
    """Returns the facts with the changes of all patch releases up to this one."""
    changes: dict[str, Any] = facts.get("patches", {})
    for release in sorted(changes, key=_number):
        if _number(release)[-1] <= patch:
            facts = inherit(facts, changes[release])
    return facts


def _by_version(value: Any, release: str) -> Any:
    """Default values with the release in place of `{version}`."""
    if isinstance(value, dict):
        return {name: _by_version(each, release) for name, each in value.items()}
    return release if value == "{version}" else value


def _number(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))

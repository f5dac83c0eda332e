"""Are the Helm values that somebody wrote ones that the release knows? Names and types; nothing here renders.

Helm and Sail ignore a value that they do not know, so a mistyped one does nothing and nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from render.kustomize.problem import Problem
from render.messages import FieldPath, did_you_mean, field_text, value_text
from render.specs import releases
from render.specs.mesh_config import mesh_problems, network_problems
from render.specs.values.hints import nearest_path, nearly, read_here, read_instead, said_elsewhere
from render.specs.values.names import SUBJECTS, Name, own_places, tree
from render.specs.values.release_ranges import is_read, ordinal, when_read
from render.specs.values.types import fits, wrong_type

UNKNOWN, WRONG_TYPE, UNREAD, WRONG_WORD = "MR052", "MR053", "MR054", "MR044"

# Values that only take some words, though charts take any text: what reads them stops with another. The proxy's level
# is Envoy's --log-level.
_WORDS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("global", "proxy", "logLevel"): ("trace", "debug", "info", "warning", "warn", "error", "critical", "off"),
}

# The charts of this minor have their own values there and read those of others; Sail's API has no such level.
DEFAULTS, _WITH_DEFAULTS = "defaults", "1.23."

# So many names can be listed on one line, where none is near.
_FEW = 8


def check_values(subject: str, version: str, values: Mapping[str, Any], at: FieldPath = ()) -> list[Problem]:
    """Returns what is wrong with values: MR052 for a name that nobody knows, MR053 for a wrong type (both errors),
    MR054 (a warning) for a name that Sail's API or another release knows and this release does not read.

    `subject` is a component (`istiod`: values as its chart takes them) or a kind of spec (`Istio`: `spec.values`),
    one of `SUBJECTS`. `version` is a release or an alias, with `v` or without. Paths of the mistakes begin with
    `at`, the place of the values in their object. `null` is right everywhere below a known name, as it deletes a
    default. Raises `InputError` for a version that is no release.
    """
    release, number = _release(version)
    asked = _ValuesCheck(SUBJECTS[subject].title, release, number, tree(subject), own_places(subject), at)
    found = list(_names(asked, asked.root, values, at))
    defaults = values.get(DEFAULTS)
    if release.startswith(_WITH_DEFAULTS) and isinstance(defaults, dict) and not SUBJECTS[subject].is_spec:
        found = [problem for problem in found if problem.path != (*at, DEFAULTS)]
        found += _names(replace(asked, at=(*at, DEFAULTS)), asked.root, defaults, (*at, DEFAULTS))
    return found


@dataclass(frozen=True, slots=True)
class _ValuesCheck:
    title: str
    release: str
    number: int
    root: Name
    own: tuple[tuple[str, ...], ...]
    at: FieldPath

    def inside(self, path: FieldPath) -> tuple[str, ...]:
        """Returns a path from the root of the values."""
        return tuple(str(step) for step in path[len(self.at) :])

    def text(self, inside: tuple[str, ...]) -> str:
        """Returns a path as the person writes it, with the name of the field that holds the values:
        `values.pilot.env`."""
        return field_text((*self.at[-1:], *inside))


def _names(asked: _ValuesCheck, known: Name, values: Mapping[str, Any], path: FieldPath) -> Iterator[Problem]:
    assert known.names is not None
    for key, value in values.items():
        name = known.names.get(key)
        if name is None:
            yield _unknown(asked, known, value, (*path, key))
        elif value is None:
            continue
        elif name.names is not None:
            if isinstance(value, dict):
                yield from _names(asked, name, value, (*path, key))
            else:
                yield from _wrong("map", value, (*path, key))
        elif not fits(name.type, value):
            yield from _wrong(name.type, value, (*path, key))
        elif not is_read(name.read, asked.number):
            yield _unread(asked, name, (*path, key))
        elif words := _WORDS.get(asked.inside((*path, key))):
            yield from _wrong_word(words, value, (*path, key))
        elif name.type == "mesh":
            yield from mesh_problems(value, asked.release, asked.number, (*path, key))
        elif key == "meshNetworks" and isinstance(value, dict):
            yield from network_problems(value, asked.release, asked.number, (*path, key))


def _unknown(asked: _ValuesCheck, known: Name, value: Any, path: FieldPath) -> Problem:
    inside = asked.inside(path)
    place = nearest_path(asked.root, asked.own, inside, asked.number)
    here = read_here(known, asked.number)
    same_level = place is not None and place[:-1] == inside[:-1]
    misspelt = same_level and nearly(inside[-1], place[-1:] if place else ())
    is_elsewhere = place is not None and place[-1] == inside[-1]
    if elsewhere := said_elsewhere(inside):
        hint = f" ({elsewhere})"
    elif isinstance(value, dict) and value and value.keys() <= set(here) and not misspelt and not is_elsewhere:
        hint = f" (leave this level out and write {', '.join(map(str, value))} in its place)"
    elif place:
        hint = f" (did you mean {place[-1] if same_level else asked.text(place)}?)"
    elif 0 < len(here) <= _FEW:
        hint = f" (known here: {', '.join(here)})"
    else:
        hint = ""
    minor = asked.release.rpartition(".")[0]
    return Problem(UNKNOWN, f"not a value of {asked.title} {minor}{hint}", path=path)


def _wrong_word(words: tuple[str, ...], value: str, path: FieldPath) -> Iterator[Problem]:
    if value and value not in words:
        guess = did_you_mean(value, words)
        yield Problem(WRONG_WORD, f"{value_text(value)} is not one of {', '.join(words)}{guess}", path=path)


def _unread(asked: _ValuesCheck, name: Name, path: FieldPath) -> Problem:
    instead = read_instead(asked.root, asked.own, asked.inside(path), asked.number)
    elsewhere = said_elsewhere(asked.inside(path))
    hint = f"; {asked.text(instead)} is read" if instead else f"; {elsewhere}" if elsewhere else ""
    when = when_read(name.read, asked.number)
    return Problem(UNREAD, f"not read by {asked.title} {asked.release} ({when}{hint})", path=path)


def _wrong(kind: str, value: Any, path: FieldPath) -> Iterator[Problem]:
    for below, message in wrong_type(kind, value):
        yield Problem(WRONG_TYPE, message, path=(*path, *below))


def _release(version: str) -> tuple[str, int]:
    """Returns a version or an alias as text without `v`, and as a number."""
    parsed = releases.parse(releases.resolve(version) if releases.is_alias(version) else version)
    return str(parsed).removeprefix("v"), ordinal(parsed.major, parsed.minor, parsed.patch)

"""Trees of kustomizations, built by meshrev and by the real Kustomize: the same objects, or a difference that
docs/kustomize.md names. What is named is taken out by rule, never by case."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

from render.errors import InputError
from render.finding import Finding
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from render.yamlio.scalars import plain
from tests.campaign.campaign import Broken
from tests.campaign.kustomizations import FOLDER, Tree
from tests.support.programs.kustomize import Failed, built, built_by_kubectl, comparable

# What meshrev refuses and Kustomize builds: the reason, by the finding's code and message.
_STRICTER: tuple[tuple[str, str, str], ...] = (
    ("MR020|MR021", "", "a field that is not built"),
    ("MR026", "", "one object twice"),
    ("MR028", "does not read", "a directive that Kustomize does not read"),
    ("MR029", "changes the (kind|name)|leaves an object without", "another object, or none, after a JSON patch"),
    ("MR029", "Kustomize would|by which (it|the list) (merges|is merged)", "data or a directive that Kustomize loses"),
    ("MR029", "the object has no such field", "a copy of what is not there"),
    (
        "MR034|MR029",
        "must be (text|a mapping|a list)|has no name",
        "a type that no annotation, namespace or reference has",
    ),
    ("MR029", "^test /metadata/annotations/", "annotations that are no text, before a JSON patch"),
    ("MR007", "found unexpected ':'", "a colon in braces with nothing behind it"),
)
# What Kustomize refuses and meshrev builds, by what Kustomize says.
_LOOSER: tuple[tuple[str, str], ...] = (
    ("kustomization.yaml is empty", "an empty kustomization"),
    (
        "expected (sequence or mapping node|to be either a string)|no 'name' field|wrong node kind"
        "|is time.Time|index out of range",
        "a name in a field of another type",
    ),
    ("could not find expected ':'|invalid map key|did not find expected", "comments that Kustomize cannot read again"),
)
# The same of 4.5.4.
_LOOSER_THAN_4: tuple[tuple[str, str], ...] = (
    *_LOOSER,
    ("unknown field .{0,2}includeTemplates", "a field that is newer"),
    ("unable to parse SM or JSON patch", "several patches in one text"),
)
_LEAKED = "internal.config.kubernetes.io/"
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")


class Kustomize:
    """Trees that Kustomize 5.8.1 builds."""

    looser = _LOOSER
    is_without_nulls = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def attempt(self, random: Random, folder: Path) -> str:
        """Returns `equal`, which of the two refused the tree, or by what named difference they differ."""
        Tree(random).write(folder)
        (folder / "all").mkdir()
        theirs, refusal = None, ""
        try:
            (theirs,) = self.built([folder / FOLDER], folder / "all")
        except Failed as failed:
            refusal = str(failed)
        try:
            ours = [resource.data for resource in build(WorkingTree(folder), FOLDER, BuildCache())]
        except InputError as error:
            return "refused by both" if theirs is None else f"refused by meshrev: {_reason(error.findings)}"
        if theirs is None:
            return f"refused by Kustomize: {_their_reason(refusal, self.looser)}"
        return compare(ours, theirs, self.is_without_nulls)

    def built(self, folders: list[Path], scratch: Path) -> list[list[Any]]:
        return built_by_kubectl(folders, scratch)


class Kustomize4(Kustomize):
    """Trees that Kustomize 4.5.4 builds, which is another way with nulls."""

    looser = _LOOSER_THAN_4
    is_without_nulls = True

    def built(self, folders: list[Path], scratch: Path) -> list[list[Any]]:
        return built(folders, scratch)


def compare(ours: Any, theirs: Any, is_without_nulls: bool = False) -> str:
    """Returns `equal`, or the named difference without which the objects are; raises `Broken` where there is none."""
    if comparable(ours) == comparable(theirs):
        return "equal"
    named: list[str] = []
    nulls = {"lists without items": _without_lists, "nulls": _without_nulls} if is_without_nulls else {}
    for name, leave_out in (nulls | _DIFFERENCES).items():
        before = comparable(ours), comparable(theirs)
        ours, theirs = leave_out(ours), leave_out(theirs)
        if before != (comparable(ours), comparable(theirs)):
            named.append(name)
        if comparable(ours) == comparable(theirs):
            return f"differs: {named[-1]}"
    raise Broken("\n".join(_lines(ours, theirs)))


def _lines(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Yields a line for each difference."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours | theirs:
            yield from _lines(ours.get(key, "missing"), theirs.get(key, "missing"), f"{path}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _lines(one, other, f"{path}/{index}")
    elif comparable(ours) != comparable(theirs):
        yield f"{path}: meshrev {ours!r}, Kustomize {theirs!r}"


def _times(value: Any) -> Any:
    """Every date and time in one form."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        found = yaml.safe_load(value)
        if isinstance(found, datetime.date) and not isinstance(found, datetime.datetime):
            found = datetime.datetime(found.year, found.month, found.day)
        if isinstance(found, datetime.datetime):
            return found.astimezone(datetime.UTC).isoformat() if found.tzinfo else f"{found.isoformat()}+00:00"
        return value
    if isinstance(value, dict):
        return {key: _times(item) for key, item in value.items()}
    return [_times(item) for item in value] if isinstance(value, list) else value


def _annotations(objects: Any) -> Any:
    """Annotations that look like no text as what they are without quotes."""

    def read(text: Any) -> Any:
        return plain(text) if isinstance(text, str) else text

    return [
        {**one, "metadata": {**metadata, "annotations": {key: read(text) for key, text in annotations.items()}}}
        if isinstance(annotations := (metadata := one["metadata"]).get("annotations"), dict)
        else one
        for one in objects
    ]


def _leaked(value: Any) -> Any:
    """Without Kustomize's own notes."""
    if isinstance(value, dict):
        return {key: _leaked(item) for key, item in value.items() if not key.startswith(_LEAKED)}
    return [_leaked(item) for item in value] if isinstance(value, list) else value


def _folded(value: Any) -> Any:
    """Text in which no line is empty, where one begins with a blank."""
    if isinstance(value, str) and re.search(r"\n[ \t]", value):
        return re.sub(r"\n+", "\n", value)
    if isinstance(value, dict):
        return {key: _folded(item) for key, item in value.items()}
    return [_folded(item) for item in value] if isinstance(value, list) else value


def _items(value: Any) -> Any:
    """Lists in which empty text is null."""
    if isinstance(value, dict):
        return {key: _items(item) for key, item in value.items()}
    return [None if item == "" else _items(item) for item in value] if isinstance(value, list) else value


def _without_lists(objects: Any) -> Any:
    """Without kinds that end in List, which 4.5.4 takes for empty lists."""
    return [one for one in objects if not one["kind"].endswith("List")]


def _without_nulls(value: Any) -> Any:
    """Without nulls, what is left empty without them, and annotations that are null or empty."""
    if isinstance(value, dict):
        rest = {key: _without_nulls(item) for key, item in value.items()}
        return {key: item for key, item in rest.items() if item not in (None, "", {}, "null", "~", "Null", "NULL")}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


_DIFFERENCES: dict[str, Callable[[Any], Any]] = {
    "dates and times": _times,
    "annotations that are no text, after a JSON patch": _annotations,
    "lines of folded text that are indented more": _folded,
    "an item of a list with nothing in it": _items,
    "Kustomize's own notes, copied by a JSON patch": _leaked,
}


def _reason(findings: tuple[Finding, ...]) -> str:
    for finding in findings:
        for code, message, reason in _STRICTER:
            if re.fullmatch(code, finding.code) and re.search(message, finding.message):
                return reason
    raise Broken(f"refused by meshrev alone: {[finding.text() for finding in findings]}")


def _their_reason(refusal: str, reasons: tuple[tuple[str, str], ...]) -> str:
    for said, reason in reasons:
        if re.search(said, refusal):
            return reason
    raise Broken(f"refused by Kustomize alone: {refusal}")

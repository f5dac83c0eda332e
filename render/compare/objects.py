"""How two objects differ, as data: paths with what was there before and after.

List items are matched by what names them (a container's name, a port's number, a rule's resources), texts that
hold YAML or JSON are compared as what they say, and credentials are never shown. Other texts of several lines
(templates of the injector) are told by how many lines differ.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Literal

from render.compare.embedded import EmbeddedDocument, parse_embedded
from render.compare.list_items import Rename, match_items, name_after
from render.compare.masking import MaskedValue, mask_credentials

How = Literal["added", "removed", "changed", "lines", "reordered", "reformatted"]
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes it this object and no other."""

    kind: str
    group: str
    namespace: str
    name: str

    @property
    def title(self) -> str:
        """`Kind/namespace/name`, as findings name objects."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


def identity(obj: Mapping[str, Any]) -> Identity:
    """Group, kind, namespace and name of an object, as text whatever stands there."""
    metadata = obj.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    group = str(obj.get("apiVersion", "")).rpartition("/")[0]
    return Identity(str(obj.get("kind", "")), group, str(named.get("namespace") or ""), str(named.get("name", "")))


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference. Steps of `path` are keys, and list items in brackets: `[discovery]`, `[8080/TCP]`, `[2]`;
    `[]` is an item that nothing names.

    `before` and `after` are JSON texts without credentials, None where nothing is. `lines`: so many of a text's
    lines are gone and new. `reordered`: the same items in another order. `reformatted`: another text that says
    the same.
    """

    path: Steps
    how: How
    before: str | None = None
    after: str | None = None
    lines: tuple[int, int] = (0, 0)

    @property
    def field(self) -> str:
        """The path as a person writes it: `spec.template.spec.containers[discovery].image`."""
        text = ""
        for step in self.path:
            if step[:1] == "[" and step[-1:] == "]":
                text += step
            elif _SIMPLE.fullmatch(step):
                text += f".{step}" if text else step
            else:
                text += f"[{step}]"
        return text


def object_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], rename: Rename | None = None
) -> list[FieldChange]:
    """Returns the differences between two objects, in the order of their fields; empty exactly when they say the same.

    With `rename`, texts that differ only by the name that it gives are the same.
    """
    found = _changes(
        (), mask_credentials(parse_embedded(before)), mask_credentials(parse_embedded(after)), rename or _as_it_is
    )
    return list(dict.fromkeys(found))  # two items without a name may come or go alike


_SIMPLE = re.compile(r"[A-Za-z_$][\w$-]*")
_LONG = 4_000  # lines, above which they are compared without regard to their order, which takes less time


def _as_it_is(text: str) -> str:
    return text


def _changes(path: Steps, before: Any, after: Any, rename: Rename) -> Iterator[FieldChange]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _in_maps(path, before, after, rename)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(path, before, after, rename)
    elif isinstance(before, EmbeddedDocument) and isinstance(after, EmbeddedDocument):
        if before.text != after.text and rename(before.text) != after.text:
            inside = list(_changes(path, before.value, after.value, rename))
            yield from inside or [FieldChange(path, "reformatted")]
    elif not _same(before, after, rename):
        old, new = _whole_text(before), _whole_text(after)
        if old is not None and new is not None and ("\n" in old or "\n" in new):
            yield FieldChange(path, "lines", lines=_line_counts(rename(old), new))
        else:
            yield FieldChange(path, "changed", _visible_text(before), _visible_text(after))


def _in_maps(path: Steps, before: dict[str, Any], after: dict[str, Any], rename: Rename) -> Iterator[FieldChange]:
    known = {name_after(key, before, after, rename): value for key, value in before.items()}
    for key, value in known.items():
        if key not in after:
            yield FieldChange((*path, key), "removed", before=_visible_text(value))
        else:
            yield from _changes((*path, key), value, after[key], rename)
    for key, value in after.items():
        if key not in known:
            yield FieldChange((*path, key), "added", after=_visible_text(value))


def _in_lists(path: Steps, before: list[Any], after: list[Any], rename: Rename) -> Iterator[FieldChange]:
    found = match_items(before, after, rename)
    for name, at in found.gone:
        yield FieldChange((*path, f"[{name}]"), "removed", before=_visible_text(before[at]))
    for name, old, new in found.pairs:
        yield from _changes((*path, f"[{name}]"), before[old], after[new], rename)
    for name, at in found.come:
        yield FieldChange((*path, f"[{name}]"), "added", after=_visible_text(after[at]))
    if found.reordered:
        yield FieldChange(path, "reordered")


def _same(before: Any, after: Any, rename: Rename) -> bool:
    """Equal and of one type: 1, 1.0 and true are three values."""
    if type(before) is not type(after):
        return False
    if isinstance(before, str):
        return bool(before == after or rename(before) == after)
    if isinstance(before, MaskedValue) and isinstance(before.raw, str) and isinstance(after.raw, str):
        return rename(before.raw) == after.raw or before.raw == after.raw
    return bool(before == after)


def _whole_text(value: Any) -> str | None:
    if isinstance(value, EmbeddedDocument):
        return value.text
    return value if isinstance(value, str) else None


@lru_cache(maxsize=64)
def _line_counts(before: str, after: str) -> tuple[int, int]:
    """Returns how many lines are gone, and how many are new. Clusters alike ask the same, one after the other."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(old) + len(new) > _LONG:
        common = sum((Counter(old) & Counter(new)).values())
    else:
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        common = sum(block.size for block in blocks)
    return len(old) - common, len(new) - common


def _visible_text(value: Any) -> str:
    return json.dumps(_visible(value), ensure_ascii=False)


def _visible(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _visible(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_visible(item) for item in value]
    if isinstance(value, EmbeddedDocument):
        return _visible(value.value)
    if isinstance(value, MaskedValue):
        return value.shown
    if isinstance(value, str) and "\n" in value:
        return f"({len(value.splitlines())} lines)"
    return value

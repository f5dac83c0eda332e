"""Values from the command line, as Helm writes them: `a.b=c,list[0].name=x,names={x,y}`.

What a part means is what Helm 3 takes it to mean (tried against Helm 3.10). Where Helm drops a part in silence
(nothing before `=`, an index without a value, text after a list's `}`), that is an error here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from render.errors import InputError, wrong
from render.messages import FieldPath, field_text, value_text

Option = Literal["--set", "--set-string"]
LARGEST_INDEX = 65536  # Helm's own limit: what comes before an index is filled up with nulls

_WORDS = {"true": True, "false": False, "null": None}
_INTEGER = re.compile(r"0|[+-][0-9]{1,40}|[1-9][0-9]{0,40}", re.ASCII)
_INDEX = re.compile(r"\+?[0-9]{1,40}", re.ASCII)
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `--set` as it was written, and the paths and values that it means, in order."""

    text: str
    parts: tuple[tuple[FieldPath, Any], ...]

    def sets(self, path: FieldPath) -> bool:
        """Returns whether what stands at the path, or something in it, comes from here."""
        return any(path[: len(part)] == part[: len(path)] for part, _ in self.parts)


def read_assignment(expression: str, option: Option = "--set") -> Assignment:
    """Returns an expression such as `a.b=1,c[0]=x`; `InputError` where it cannot be read.

    `--set` takes true, false, null (in any case of the letters) and whole numbers of 64 bits for what they say;
    everything else, and with `--set-string` all of it, is text.
    """
    text = f"{option} {expression}"
    try:
        return Assignment(text, tuple(_Expression(expression, typed=option == "--set").assignments()))
    except _Trouble as trouble:
        raise _error(text, trouble) from None


def assign(values: Mapping[str, Any], assignment: Assignment) -> dict[str, Any]:
    """`values`, which are not changed, with the assignment made. `InputError` where a path leads through something
    that is neither map nor list."""
    result = dict(values)
    try:
        for path, value in assignment.parts:
            result = _put(result, path, 0, value)
    except _Trouble as trouble:
        raise _error(assignment.text, trouble) from None
    return result


class _Trouble(Exception):
    """What is wrong with an expression; which one it is, its caller knows."""


def _error(text: str, trouble: _Trouble) -> InputError:
    return wrong("MR230", str(trouble), file=text)


class _Expression:
    """The text of one `--set`, read from left to right. A backslash makes the next character an ordinary one."""

    def __init__(self, text: str, typed: bool) -> None:
        self._text = text
        self._place = 0
        self._typed = typed

    def assignments(self) -> list[tuple[FieldPath, Any]]:
        """Returns each path with its value. A comma separates two; one at the end is nothing."""
        found = []
        while self._place < len(self._text):
            found.append((self._path(), self._value()))
        return found

    def _path(self) -> FieldPath:
        """Returns the keys and indexes before `=`, which is read too."""
        path: list[str | int] = [self._name()]
        while True:
            character = self._next()
            if character == "=":
                return tuple(path)
            if character == ".":
                path.append(self._name())
            elif character == "[":
                path.append(self._index())
            elif character in ("", ","):
                raise _Trouble(f"{field_text(tuple(path))} has no value: '=' and a value are expected after it")
            else:
                raise _Trouble(f"{character} follows an index where '.', '[' or '=' is expected")

    def _name(self) -> str:
        name = self._until(".[=,")
        if not name:
            before = self._next() or "the end"
            raise _Trouble(f"there is no name before {before} (a backslash before . [ = or , makes it part of a name)")
        return name

    def _index(self) -> int:
        text = self._until("]")
        if not self._next():
            raise _Trouble("an index lacks its closing ]")
        if not _INDEX.fullmatch(text) or int(text) > LARGEST_INDEX:
            raise _Trouble(f"[{text}] is not a place in a list: write a whole number from 0 to {LARGEST_INDEX}")
        return int(text)

    def _value(self) -> Any:
        if self._text[self._place : self._place + 1] == "{":
            value: Any = self._list()
            if self._text[self._place : self._place + 1] not in ("", ","):
                raise _Trouble("text follows the list where a comma or the end is expected")
        else:
            value = self._meant(self._until(","))
        self._next()
        return value

    def _list(self) -> list[Any]:
        items = []
        last = self._next()
        while last != "}":
            items.append(self._meant(self._until(",}")))
            last = self._next()
            if not last:
                raise _Trouble("the list lacks its closing }")
        return items

    def _meant(self, text: str) -> Any:
        if not self._typed:
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INTEGER.fullmatch(text) and -(1 << 63) <= int(text) < 1 << 63:
            return int(text)
        return text

    def _until(self, stops: str) -> str:
        """Returns the text before one of `stops`, which is left there, or up to the end."""
        read = []
        while (character := self._text[self._place : self._place + 1]) and character not in stops:
            self._place += 1
            read.append(self._next() if character == "\\" else character)
        return "".join(read)

    def _next(self) -> str:
        character = self._text[self._place : self._place + 1]
        self._place += 1
        return character


def _put(node: Any, path: FieldPath, depth: int, value: Any) -> Any:
    """`node` with the value at the end of the path; what is changed is a copy, for aliases of YAML share their parts.

    Below an index, as in Helm, nothing is in the way of a new map, and null is not in the way of a new list.
    """
    if depth == len(path):
        return value
    step, in_list = path[depth], depth > 0 and isinstance(path[depth - 1], int)
    if isinstance(step, int):
        items = list(_open(node, list, path[:depth], replaced=in_list and node is None))
        items += [None] * (step + 1 - len(items))
        items[step] = _put(items[step], path, depth + 1, value)
        return items
    mapping = _open(node, dict, path[:depth], replaced=in_list and not isinstance(node, dict))
    return {**mapping, step: _put(mapping.get(step, _NOTHING), path, depth + 1, value)}


def _open(node: Any, kind: type, path: FieldPath, replaced: bool) -> Any:
    """Returns the map or list that the path goes on in, a new one where nothing is there yet."""
    if node is _NOTHING or replaced:
        return kind()
    if not isinstance(node, kind):
        expected = "a list" if kind is list else "a map"
        raise _Trouble(f"{field_text(path)} is {value_text(node)} before this, and not {expected}")
    return node

"""The objects of what `kubectl get ... -o json` prints, one after the other, however many there are.

Read in pieces: of a list of 50,000 pods only the object at hand and one piece of text are in memory.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from render.errors import InputError, wrong
from render.yamlio.read_json import JSONError, whole_number

PIECE = 1 << 18  # bytes
LARGEST = 1 << 25  # characters of one object; an API server takes at most 1.5 MiB

_SPACE = " \t\r\n"


def items(stream: BinaryIO, name: str, way: str) -> Iterator[dict[str, Any]]:
    """Returns the objects of the `kind: List` in a stream of JSON; `name` stands for it in messages.

    `way` is the command that gives what is wanted. Raises `InputError`, after some objects maybe, for what is not
    JSON, not a List, or cut off.
    """
    return _List(stream, name, way).items()


class _List:
    def __init__(self, stream: BinaryIO, name: str, way: str) -> None:
        self._stream, self._name, self._way = stream, name, way
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._parse = json.JSONDecoder(parse_int=whole_number).raw_decode
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False
        self._count = 0

    def items(self) -> Iterator[dict[str, Any]]:
        kind = None
        listed = False
        if not self._next():
            raise self._wrong("is empty: did kubectl fail?")
        self._take("{")
        more = self._next() != "}"
        while more:
            key = self._value()
            self._take(":")
            if key == "items":
                listed = True
                yield from self._items()
            else:
                value = self._value()
                kind = value if key == "kind" else kind
            more = self._take(",}") == ","
        if self._next():
            raise self._wrong("holds more than one JSON object")
        if kind != "List" or not listed:
            raise self._wrong(f"is not a List but {f'a {kind}' if isinstance(kind, str) else 'something else'}")

    def _items(self) -> Iterator[dict[str, Any]]:
        self._take("[")
        if self._next() == "]":
            self._take("]")
            return
        more = True
        while more:
            item = self._value()
            if not isinstance(item, dict):
                raise self._wrong("has something in its list that is not an object")
            yield item
            self._count += 1
            more = self._take(",]") == ","

    def _next(self) -> str:
        """Returns the next character that is not space, which stays; empty at the end."""
        while True:
            text, at = self._text, self._at
            while at < len(text) and text[at] in _SPACE:
                at += 1
            self._at = at
            if at < len(text):
                return text[at]
            if not self._read(PIECE):
                return ""

    def _take(self, expected: str) -> str:
        found = self._next()
        if not found:
            raise self._cut_off()
        if found not in expected:
            raise self._not_json(self._at)
        self._at += 1
        return found

    def _value(self) -> Any:
        """Returns one whole JSON value. A longer one is tried again with twice the text each time."""
        if not self._next():
            raise self._cut_off()
        piece = PIECE
        while True:
            try:
                value, end = self._parse(self._text, self._at)
            except json.JSONDecodeError as error:
                if not _at_the_end(self._text, error) or len(self._text) - self._at > LARGEST:
                    raise self._not_json(error.pos) from None
                if not self._read(piece):
                    raise self._cut_off() from None
                piece = max(PIECE, len(self._text))
                continue
            except RecursionError:
                raise self._wrong("is nested deeper than any object is") from None
            except JSONError as error:
                raise self._wrong(str(error)) from None
            # A number goes on where its text ends with the piece: `12` may become `123`.
            if end < len(self._text) or not self._read(PIECE):
                self._at = end
                return value

    def _read(self, size: int) -> bool:
        """Adds to the text, and forgets what was taken; false at the end of the stream."""
        if self._ended:
            return False
        data = self._stream.read(size)
        self._ended = not data
        try:
            more = self._decode(data, self._ended)
        except UnicodeDecodeError:
            raise self._wrong("is not UTF-8 text") from None
        self._line += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + more
        self._at = 0
        return not self._ended

    def _cut_off(self) -> InputError:
        return self._wrong(f"ends too early, after {self._count} objects: was it cut off?")

    def _not_json(self, at: int) -> InputError:
        return self._wrong(f"is not JSON (line {self._line + self._text.count(chr(10), 0, at)})")

    def _wrong(self, message: str) -> InputError:
        return wrong("MR016", f"{message} (expected: what `{self._way}` prints)", file=self._name)


def _at_the_end(text: str, error: json.JSONDecodeError) -> bool:
    """Returns whether more text could mend it. Only strings are long, and of those the place is where they begin."""
    return error.pos > len(text) - 16 or error.msg.startswith("Unterminated string")

"""YAML text to plain data in one pass over libyaml's events, with everything that is wrong on the way.

Beyond what YAML forbids, this refuses what people never mean and Kubernetes never takes: a key twice, a key that is
not text, tags that are not JSON's, NaN, nesting without end and aliases that grow without bounds.

libyaml's complaints in words that say what to look for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from render.errors import wrong
from render.messages import FieldPath
from render.yamlio.positions import locate
from render.yamlio.scalars import plain

try:
    from yaml._yaml import CParser
except ImportError:  # pragma: no cover - depends on how PyYAML was installed
    raise wrong(
        "MR014",
        "PyYAML is installed without libyaml, which meshrev needs: install PyYAML's wheel, "
        "or libyaml and its headers before building PyYAML",
    ) from None

DEPTH = 100  # levels; the deepest CustomResourceDefinitions have about 40
VALUES = 500_000  # mappings, lists, texts and numbers of a file; a large bundle of CRDs has 60,000
ALIASED = 100_000  # values that all aliases of a file may stand for together

_NO_KEY = object()
_MERGE = object()  # the key `<<`
_REFUSED = object()  # a mapping or list in a key's place
_KINDS: dict[str, Any] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": (int, float),
    "tag:yaml.org,2002:bool": bool,
    "tag:yaml.org,2002:null": type(None),
}
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something wrong in a text; `line` and `column` count from 1. `first_line` is that of a key given before."""

    code: str
    message: str
    line: int
    column: int
    path: FieldPath = ()
    first_line: int | None = None


class _Frame:
    """A mapping or list that is being read."""

    __slots__ = ("anchor", "container", "key", "merges", "start")

    def __init__(self, container: dict[str, Any] | list[Any], anchor: str | None, start: int) -> None:
        self.container = container
        self.key: Any = _NO_KEY
        self.merges: list[dict[str, Any]] = []
        self.anchor = anchor
        self.start = start


class TextValues(NamedTuple):
    """The documents of a text, each with its number, and what is wrong in it."""

    documents: list[tuple[int, Any]]
    diagnostics: list[Diagnostic]


def read_values(text: bytes, yaml_1_1: bool = False) -> TextValues:
    """Returns all documents that are not empty, each with its number in the text, and all that is wrong.

    Where something is wrong the data is incomplete. Aliases share one Python object with their anchor.
    """
    try:
        return _Values(text, yaml_1_1).read()
    except yaml.YAMLError as error:
        return TextValues([], [Diagnostic("MR007", *explain(error, text))])


class _Values:
    def __init__(self, text: bytes, yaml_1_1: bool) -> None:
        self._text = text
        self._parser = CParser(text)
        self._number = -1
        self._yaml_1_1 = yaml_1_1
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._diagnostics: list[Diagnostic] = []

    def read(self) -> TextValues:
        documents: list[tuple[int, Any]] = []
        stack, next_event, yaml_1_1 = self._stack, self._parser.get_event, self._yaml_1_1
        count = aliased = 0
        root: Any = None
        frame: _Frame | None = None
        while True:
            event: Any = next_event()
            kind = type(event)
            if count > VALUES:
                self._diagnose("MR003", f"has more than {VALUES:,} values", event, ())
                break
            if kind is yaml.ScalarEvent:
                count += 1
                value = event.value
                if event.tag is not None:
                    value = self._tagged_value(event)
                elif event.implicit[0]:
                    if value == "<<" and frame is not None and frame.key is _NO_KEY and type(frame.container) is dict:
                        frame.key = _MERGE
                        continue
                    value = plain(value, yaml_1_1)
                    if type(value) is float and not math.isfinite(value):
                        self._diagnose("MR013", f"{event.value} is not a number that JSON has", event)
                if event.anchor is not None:
                    self._anchors[event.anchor] = (value, 1)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                ended = stack.pop()
                value = self._merge(ended) if ended.merges else ended.container
                if ended.anchor is not None:
                    self._anchors[ended.anchor] = (value, count - ended.start)
                frame = stack[-1] if stack else None
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                count += 1
                if event.tag is not None and event.tag not in _COLLECTIONS:
                    self._diagnose("MR010", _bad_tag(event.tag), event)
                if event.anchor is not None:
                    self._anchors.pop(event.anchor, None)
                if frame is not None and frame.key is _NO_KEY and type(frame.container) is dict:
                    self._diagnose("MR009", "a key must be text (put a value that begins with { or [ in quotes)", event)
                    frame.key = _REFUSED
                if len(stack) == DEPTH:
                    self._diagnose("MR012", f"is nested more than {DEPTH} levels deep", event, ())
                    break
                frame = _Frame({} if kind is yaml.MappingStartEvent else [], event.anchor, count - 1)
                stack.append(frame)
                continue
            elif kind is yaml.AliasEvent:
                if event.anchor not in self._anchors:
                    self._diagnose("MR007", f"*{event.anchor}: there is no &{event.anchor} before this", event)
                    self._anchors[event.anchor] = (None, 1)
                value, size = self._anchors[event.anchor]
                count += size
                aliased += size
                if aliased > ALIASED:
                    self._diagnose("MR011", f"the aliases stand for more than {ALIASED} values: an alias bomb?", event)
                    break
            elif kind is yaml.DocumentStartEvent:
                self._number += 1
                root = None
                self._anchors.clear()
                continue
            elif kind is yaml.DocumentEndEvent:
                if root is not None:
                    documents.append((self._number, root))
                continue
            elif kind is yaml.StreamEndEvent:
                break
            else:
                continue
            if frame is None:
                root = value
            elif type(frame.container) is list:
                frame.container.append(value)
            elif frame.key is _NO_KEY:
                self._key(frame, value, event)
            else:
                self._entry(frame, value, event)
        return TextValues(documents, self._diagnostics)

    def _key(self, frame: _Frame, value: Any, event: Any) -> None:
        if type(value) is not str:
            self._diagnose("MR009", f"the key {_show(value)} is not text; put it in quotes", event)
            value = _show(value)
        elif value in frame.container:
            self._twice(value, event)
        frame.key = value

    def _twice(self, key: str, event: Any) -> None:
        path = (*self._path(), key)
        try:
            first = locate(self._text, self._number, path)[0]
        except yaml.YAMLError:  # broken further down, or more than libyaml's composer takes
            first = None
        self._diagnose("MR008", f"{key} is given twice; remove one", event, path, first)

    def _entry(self, frame: _Frame, value: Any, event: Any) -> None:
        key, frame.key = frame.key, _NO_KEY
        if key is _REFUSED:
            frame.key = ""  # its value follows
            return
        if key is not _MERGE:
            assert isinstance(frame.container, dict)
            frame.container[key] = value
            return
        merges = value if isinstance(value, list) else [value]
        if all(isinstance(merge, dict) for merge in merges):
            frame.merges.extend(merges)
        else:
            self._diagnose("MR007", "<< takes a mapping or a list of mappings", event)

    def _merge(self, frame: _Frame) -> Any:
        """`<<` entries first, the earliest of them winning, then what the mapping says itself (YAML 1.1 merge keys)."""
        result: dict[str, Any] = {}
        for merge in reversed(frame.merges):
            result.update(merge)
        result.update(frame.container)
        return result

    def _tagged_value(self, event: Any) -> Any:
        value = plain(event.value, self._yaml_1_1)
        if event.tag == "!":
            return value
        kinds = _KINDS.get(event.tag)
        if kinds is None:
            self._diagnose("MR010", _bad_tag(event.tag), event)
            return event.value
        if kinds is str:
            return event.value
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            self._diagnose("MR010", f"{event.value} is not a value of the tag {_short(event.tag)}", event)
        return value

    def _diagnose(
        self, code: str, message: str, event: Any, path: FieldPath | None = None, first_line: int | None = None
    ) -> None:
        mark = event.start_mark
        at = self._path() if path is None else path
        self._diagnostics.append(Diagnostic(code, message, mark.line + 1, mark.column + 1, at, first_line))

    def _path(self) -> FieldPath:
        steps = (len(f.container) if isinstance(f.container, list) else f.key for f in self._stack)
        return tuple(step for step in steps if isinstance(step, str | int))


def _bad_tag(tag: str) -> str:
    return f"the tag {_short(tag)} is not allowed; only plain values, as in JSON, are"


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


def _show(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{...}"
    return "null" if value is None else str(value).lower()


# libyaml's `problem`, sometimes with the `context` it was found in, to what a person has most likely done.
_WORDS = {
    "mapping values are not allowed in this context": "a ':' is not expected here; is the indentation right, "
    "and does a value with ': ' in it have quotes?",
    "did not find expected key": "a 'key: value' was expected here; check the indentation and the quotes",
    "did not find expected '-' indicator": "a list item '- ' was expected here; check the indentation",
    "did not find expected ',' or ']'": "the list opened with '[' is not closed; a ',' or ']' was expected",
    "did not find expected ',' or '}'": "the mapping opened with '{' is not closed; a ',' or '}' was expected",
    "could not find expected ':'": "a ':' was expected after the key; is this line part of the value above?",
    "did not find expected node content": "a value was expected here",
    "found unexpected end of stream": "the text ends inside quotes; the closing quote is missing",
    "found unexpected document indicator": "a new document begins inside quotes; the closing quote is missing",
    "found unknown escape character": "a \\ in double quotes must be written \\\\; or use single quotes",
    "found undefined tag handle": "a word that begins with '!' is a tag; put it in quotes",
    "did not find expected alphabetic or numeric character": "'&' and '*' begin an anchor or alias; use quotes",
    "block sequence entries are not allowed in this context": "a list item '- ' is not expected here; "
    "put it on a line of its own",
    "did not find expected comment or line break": "after '|' or '>' the text begins on the next line",
    "found duplicate %YAML directive": "%YAML is given twice",
    "found incompatible YAML document": "only YAML 1.1 and 1.2 are read",
}


class Explanation(NamedTuple):
    """What is wrong with a text, and where; line and column count from 1."""

    message: str
    line: int
    column: int


def explain(error: yaml.YAMLError, text: bytes) -> Explanation:
    """Returns the message, the line and the column (from 1) of an error that PyYAML raised for this text."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position].decode(errors="replace")
        line = before.count("\n") + 1
        return Explanation(
            f"a control character ({_code(error.character)}) is not allowed", line, len(before) - before.rfind("\n")
        )
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    rows = text.split(b"\n")
    row = rows[line].decode() if line < len(rows) else ""
    for number, other in enumerate(rows):
        if other.startswith((b"<<<<<<< ", b">>>>>>> ")):
            return Explanation("has the conflict markers of a merge; resolve them first", number + 1, 1)
    return Explanation(f"not valid YAML: {_message(problem, row[column : column + 1])}", line + 1, column + 1)


def _message(problem: str, character: str) -> str:
    if problem == "found character that cannot start any token":
        if character == "\t":
            return "a tab is used for indentation; use spaces"
        return f"a value cannot begin with {character!r}; put it in quotes"
    return _WORDS.get(problem, problem)


def _code(character: Any) -> str:
    return f"U+{character if isinstance(character, int) else ord(character):04X}"

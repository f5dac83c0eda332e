"""YAML text to plain data in one pass over libyaml's events, with everything that is wrong on the way.

Beyond what YAML forbids, this refuses what people never mean and Kubernetes never takes: a key twice, a key that is
not text, tags that are not JSON's, NaN, nesting without end, aliases that grow without bounds, and an escaped slash,
which Go's readers of YAML do not take, Kustomize's among them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import yaml
from yaml import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from render.errors import wrong
from render.messages import FieldPath
from render.yamlio.complaints import Diagnostic, explain, separator_diagnostics, slash_complaint
from render.yamlio.frames import MERGE, NO_KEY, Anchor, EmptyValue, Frame
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

_REFUSED = object()  # a mapping or list in a key's place
_KINDS: dict[str, Any] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": (int, float),
    "tag:yaml.org,2002:bool": bool,
    "tag:yaml.org,2002:null": type(None),
}
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!")


class DocumentValues(NamedTuple):
    """A document: its number in the text from 0, its data, where that is None since nothing is written, and whether a
    line with `%` stands before it."""

    number: int
    data: Any
    empty: tuple[EmptyValue, ...]
    has_directive: bool


class TextValues(NamedTuple):
    """The documents of a text, and what is wrong in it."""

    documents: list[DocumentValues]
    diagnostics: list[Diagnostic]


def read_values(text: bytes, yaml_1_1: bool = False) -> TextValues:
    """Returns all documents that are not empty, and all that is wrong.

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
        self._stack: list[Frame] = []
        self._anchors: dict[str, Anchor] = {}
        self._decoded = ""  # where marks are to be looked up
        self._empty: list[EmptyValue] = []
        self._has_directive = False
        self._diagnostics: list[Diagnostic] = []

    def read(self) -> TextValues:
        documents: list[DocumentValues] = []
        # A text in brackets is a JSON patch, which Kustomize reads as JSON.
        has_escaped_slash = rb"\/" in self._text and not self._text.lstrip().startswith(b"[")
        if has_escaped_slash:
            self._decoded = self._text.decode()
        if not self._yaml_1_1:
            self._diagnostics += separator_diagnostics(self._text)
        stack, next_event, yaml_1_1 = self._stack, self._parser.get_event, self._yaml_1_1
        count = aliased = 0
        root: Any = None
        frame: Frame | None = None
        while True:
            event: Any = next_event()
            kind = type(event)
            if count > VALUES:
                self._diagnose("MR003", f"has more than {VALUES:,} values", event, ())
                break
            if kind is ScalarEvent:
                count += 1
                value = event.value
                if event.tag is not None:
                    value = self._tagged_value(event)
                elif event.implicit[0]:
                    if value == "<<" and frame is not None and frame.expects_key:
                        frame.key = MERGE
                        continue
                    value = plain(value, yaml_1_1)
                    if type(value) is float and not math.isfinite(value):
                        self._diagnose("MR013", f"{event.value} is not a number that JSON has", event)
                elif has_escaped_slash and event.style == '"':
                    written = self._decoded[event.start_mark.index : event.end_mark.index]
                    if (complaint := slash_complaint(written)) is not None:
                        self._diagnose("MR007", complaint, event)
                if value is None and not event.value and frame is not None and not frame.expects_key:
                    self._empty.append(EmptyValue(self._path(), frame.in_braces))
                    if event.anchor is not None:
                        self._anchors[event.anchor] = Anchor(None, 1, (EmptyValue((), False),))
                elif event.anchor is not None:
                    self._anchors[event.anchor] = Anchor(value, 1, ())
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                ended = stack.pop()
                value = ended.with_merges(self._yaml_1_1) if ended.merges else ended.container
                if ended.anchor is not None:
                    steps = len(self._path())
                    below = (EmptyValue(path[steps:], braces) for path, braces in self._empty[ended.empty_before :])
                    self._anchors[ended.anchor] = Anchor(value, count - ended.start, tuple(below))
                frame = stack[-1] if stack else None
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                count += 1
                if event.tag is not None and event.tag not in _COLLECTIONS:
                    self._diagnose("MR010", _bad_tag(event.tag), event)
                if event.anchor is not None:
                    self._anchors.pop(event.anchor, None)
                if frame is not None and frame.expects_key:
                    self._diagnose("MR009", "a key must be text (put a value that begins with { or [ in quotes)", event)
                    frame.key = _REFUSED
                if len(stack) == DEPTH:
                    self._diagnose("MR012", f"is nested more than {DEPTH} levels deep", event, ())
                    break
                container: dict[str, Any] | list[Any] = {} if kind is MappingStartEvent else []
                frame = Frame(container, event.anchor, count - 1, event.flow_style, len(self._empty))
                stack.append(frame)
                continue
            elif kind is AliasEvent:
                if event.anchor not in self._anchors:
                    self._diagnose("MR007", f"*{event.anchor}: there is no &{event.anchor} before this", event)
                    self._anchors[event.anchor] = Anchor(None, 1, ())
                value, size, empty = self._anchors[event.anchor]
                if empty and frame is not None:
                    self._empty += self._alias_place(empty, frame)
                count += size
                aliased += size
                if aliased > ALIASED:
                    self._diagnose("MR011", f"the aliases stand for more than {ALIASED} values: an alias bomb?", event)
                    break
            elif kind is DocumentStartEvent:
                self._number += 1
                root = None
                self._anchors.clear()
                self._empty.clear()
                self._has_directive = bool(event.version or event.tags)
                continue
            elif kind is DocumentEndEvent:
                if root is not None:
                    documents.append(DocumentValues(self._number, root, tuple(self._empty), self._has_directive))
                continue
            elif kind is StreamEndEvent:
                break
            else:
                continue
            if frame is None:
                root = value
            elif type(frame.container) is list:
                frame.container.append(value)
            elif frame.key is NO_KEY:
                if type(value) is str and value not in frame.container:
                    frame.key = value
                else:
                    self._odd_key(frame, value, event)
            elif type(frame.key) is str:
                mapping: Any = frame.container
                mapping[frame.key] = value
                frame.key = NO_KEY
            else:
                self._odd_entry(frame, value, event)
        return TextValues(documents, self._diagnostics)

    def _alias_place(self, empty: tuple[EmptyValue, ...], frame: Frame) -> list[EmptyValue]:
        """Returns where an alias has nothing, in braces where its anchor has them, but not what `<<` takes from it."""
        outer = self._stack[-2] if len(self._stack) > 1 and isinstance(frame.container, list) else frame
        is_merged = outer.key is MERGE
        at, around, moved = self._path(), outer if is_merged else frame, 1 if is_merged else 0
        return [
            EmptyValue((*at, *path), around.in_braces or (in_braces and len(path) > moved)) for path, in_braces in empty
        ]

    def _odd_key(self, frame: Frame, value: Any, event: Any) -> None:
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

    def _odd_entry(self, frame: Frame, value: Any, event: Any) -> None:
        """Takes what stands where a value does, after `<<` or after a key that is none."""
        key, frame.key = frame.key, NO_KEY
        if key is _REFUSED:
            frame.key = ""  # its value follows
            return
        merges = value if isinstance(value, list) else [value]
        if all(isinstance(merge, dict) for merge in merges):
            frame.merges.append((len(frame.container), merges))
        else:
            self._diagnose("MR007", "<< takes a mapping or a list of mappings", event)

    def _tagged_value(self, event: Any) -> Any:
        value = plain(event.value, self._yaml_1_1)
        if event.tag == "!":  # a text in Kustomize's own files, elsewhere of no meaning
            return event.value if event.style or self._yaml_1_1 else value
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
        steps: list[Any] = []
        for frame in self._stack:
            if not isinstance(frame.container, list):
                steps.append(frame.key)
            elif not steps or steps[-1] is not MERGE:  # a list of mappings, which come together
                steps.append(len(frame.container))
        return tuple(step for step in steps if isinstance(step, str | int))


def _bad_tag(tag: str) -> str:
    return f"the tag {_short(tag)} is not allowed; only plain values, as in JSON, are"


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


def _show(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{...}"
    return "null" if value is None else str(value).lower()

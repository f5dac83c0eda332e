"""Whether an edited text says what the edits mean and nothing else, by two readers that share no code.

One is the program's own over libyaml, the other ruamel.yaml's in Python, which knows YAML 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from render.errors import InputError, wrong
from render.messages import FieldPath, field_text
from render.yamlio.documents import parse
from render.yamlio.edit.data_changes import Change, apply, is_same
from render.yamlio.edit.spans import DocumentSpan, document_spans, line_start
from render.yamlio.location import value_at

CODE = "MR200"


@dataclass(frozen=True, slots=True)
class Object:
    """An object that is edited: a document of the file, `inside` it, and there a document of an inline text."""

    document: int
    inside: FieldPath = ()
    inner: int = 0


_Meant = Mapping[Object, Sequence[Change]]
_Read = Callable[[str], dict[int, Any]]  # a text's documents by number


def check(old: str, new: str, meant: _Meant, file: str) -> None:
    """Raises `InputError` where `new` is not `old` with the changes applied, or ruamel.yaml cannot read `old`."""
    spans = document_spans(old)
    touched = sorted({place.document for place in meant})
    before = {number: _readable(_cut(old, spans, number), _start(old, spans, number), old, file) for number in touched}
    try:
        is_meant = _says(_own(old), _own(new), meant, _own) and all(
            _says(before[number], _ruamel(text), found, _ruamel) for number, text, found in _after(new, meant, touched)
        )
    except (LookupError, TypeError, ValueError, InputError, _ruamel_error()):
        is_meant = False
    if not is_meant:
        fields = ", ".join(sorted({field_text(change.path) for found in meant.values() for change in found}))
        raise wrong(
            CODE,
            f"editing {fields} here would change something else, so nothing is written; edit it by hand, "
            "and please report the text as a bug",
            file=file,
            line=old.count("\n", 0, spans[touched[0]].start) + 1,
        )


def _after(new: str, meant: _Meant, touched: Sequence[int]) -> Iterator[tuple[int, str, _Meant]]:
    """Yields each edited document alone, since ruamel.yaml takes 30 times longer than libyaml: number, text, its
    changes."""
    spans = document_spans(new)
    for number in touched:
        found = {replace(place, document=0): changes for place, changes in meant.items() if place.document == number}
        yield number, _cut(new, spans, number), found


def _says(old: Mapping[int, Any], new: Mapping[int, Any], meant: _Meant, read: _Read) -> bool:
    """Returns whether the new documents are the old ones with the changes, inline texts compared by what they say."""
    expected = dict(old)
    texts: dict[tuple[int, FieldPath], dict[int, Any]] = {}
    for place, found in meant.items():
        now = value_at(expected[place.document], *place.inside)
        for change in found:
            if isinstance(now, str):
                inner = texts.setdefault((place.document, place.inside), read(now))
                inner[place.inner] = apply(inner[place.inner], change)
            else:
                change = replace(change, path=(*place.inside, *change.path))
                expected[place.document] = apply(expected[place.document], change)
    for (document, inside), documents in texts.items():
        text = value_at(new[document], *inside)
        if not is_same(read(text), documents):
            return False
        expected[document] = _with_text(expected[document], inside, text)
    return is_same(expected, new)


def _with_text(data: Any, inside: FieldPath, text: str) -> Any:
    if not inside:
        return text
    if isinstance(data, list):
        return [_with_text(item, inside[1:], text) if at == inside[0] else item for at, item in enumerate(data)]
    return {key: _with_text(item, inside[1:], text) if key == inside[0] else item for key, item in data.items()}


def _cut(text: str, spans: Sequence[DocumentSpan], number: int) -> str:
    end = spans[number + 1].start if number + 1 < len(spans) else len(text)
    return text[_start(text, spans, number) : end]


def _start(text: str, spans: Sequence[DocumentSpan], number: int) -> int:
    return line_start(text, spans[number].start) if number else 0


def _own(text: str) -> dict[int, Any]:
    return {document.index: document.data for document in parse(text.encode(), "-")}


def _ruamel(text: str) -> dict[int, Any]:
    return dict(enumerate(_reader().load_all(text)))


def _readable(text: str, start: int, whole: str, file: str) -> dict[int, Any]:
    """Returns what ruamel.yaml reads in a document; it does not take all that libyaml does, such as a tab after a
    colon."""
    try:
        return _ruamel(text)
    except _ruamel_error() as error:
        mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = whole.count("\n", 0, start) + (mark.line if mark else 0) + 1
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        message = f"ruamel.yaml, with which edits are checked, does not take this, so it is not edited: {problem}"
        raise wrong(CODE, message, file=file, line=line, column=mark.column + 1 if mark else None) from None


@cache
def _reader() -> Any:
    from ruamel.yaml import YAML  # slow to import

    return YAML(typ="safe", pure=True)


def _ruamel_error() -> type[Exception]:
    from ruamel.yaml.error import YAMLError

    error: type[Exception] = YAMLError
    return error

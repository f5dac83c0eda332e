"""What is wrong in a text of YAML, and libyaml's complaints in words that say what to look for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from render.messages import FieldPath


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something wrong in a text; `line` and `column` count from 1. `first_line` is that of a key given before."""

    code: str
    message: str
    line: int
    column: int
    path: FieldPath = ()
    first_line: int | None = None


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


# What YAML has and Kustomize does not take: its reader is Go's, and splits a file before it is YAML.
_SEPARATOR = re.compile(rb"\n---[ \t]*([^ \t\r\n#][^\r\n]*)")
_ESCAPED_SLASH = re.compile(r"(?:[^\\]|\\[^/])*\\/", re.DOTALL)


def separator_diagnostics(text: bytes) -> list[Diagnostic]:
    """Returns what stands behind `---` but a comment, where it does not begin the text (splitDocuments in
    byteio_reader.go)."""
    if b"\n---" not in text:
        return []
    message = "Kustomize takes nothing but a comment behind ---; write it on a line of its own"
    return [
        Diagnostic("MR007", message, text.count(b"\n", 0, match.start()) + 2, match.start(1) - match.start())
        for match in _SEPARATOR.finditer(text)
    ]


def slash_complaint(written: str) -> str | None:
    """Returns what to say of a text as it was written in quotes where it has `\\/`, which JSON and YAML 1.2 have."""
    return "Kustomize does not take \\/ in quotes; write / alone" if _ESCAPED_SLASH.match(written) else None


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

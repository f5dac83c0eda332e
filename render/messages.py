"""The words of messages: paths to fields, values, numbers, names, and the known name that a mistyped one meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from render.secrets import hide_secrets

FieldPath = tuple[str | int, ...]


def field_text(path: FieldPath) -> str:
    """Returns a path as a person writes it: `spec.values.pilot`, `spec.waivers[0].code`,
    `metadata.labels["istio.io/rev"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$-]*", step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return one_line(text)


def one_line(text: str) -> str:
    """Returns the text with escapes for all that is not printable: what breaks a line, moves a terminal's cursor or
    turns the direction of writing, and bytes that were no UTF-8. What is escaped already stays as it is."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def value_text(value: object) -> str:
    """Returns a value in a message: short, on one line, and without the contents of what may be large."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return short(value)
        case dict():
            return "an object"
        case list():
            return "a list"
    return f"a {type(value).__name__}"


# Words that say that a secret follows, and what a token of a well-known service begins with where it is cut short.
_CREDENTIAL = re.compile(
    r"gh[opsur]_\w|github_pat_|glpat-|xox[abprs]-|hooks\.slack\.com/"
    r"|(?i:passw(or)?d|secret|token|api-?key|credential|authorization)\w*\s*[=:]"
)


def short(text: str) -> str:
    """Text in a message: quoted where it would not read as a word, cut where it is long."""
    if _CREDENTIAL.search(text) or hide_secrets(text) != text:
        return f"a text of {len(text)} characters that looks like a credential"
    cut = text if len(text) <= 60 else f"{text[:40]}... ({len(text)} characters)"
    return cut if re.fullmatch(r"[\w./:@+-][\w ./:@+()-]*", cut) and cut == cut.strip() else repr(cut)


def plural(number: int, one: str, many: str = "") -> str:
    """Returns `one` of a number of 1, else `many`, which is `one` with an s where nothing is given."""
    return one if number == 1 else many or f"{one}s"


def count(number: int, one: str, many: str = "") -> str:
    """Returns the number with its word: `1 cluster`, `2 clusters`, `0 patches`."""
    return f"{number} {plural(number, one, many)}"


def few(names: Sequence[str], most: int, what: str = "") -> str:
    """Returns the first `most` names and how many there are beside them: `a, b and 3 more`, or of `what`: `a and 1 more
    cluster`."""
    left = len(names) - most
    more = f" and {count(left, f'more {what}') if what else f'{left} more'}" if left > 0 else ""
    return ", ".join(names[:most]) + more


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Returns the known name closest to `word`, None where none is close. Another case of the same letters is
    closest."""
    from difflib import get_close_matches

    by_folded = {name.lower(): name for name in sorted(known, reverse=True)}
    close = get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean NAME?)`, or nothing: what a message ends with."""
    name = nearest(word, known)
    return f" (did you mean {name}?)" if name else ""

"""One string as one YAML scalar that every reader takes for a string: YAML 1.1, YAML 1.2 and Kubernetes' own.

Readers disagree on what an unquoted word is (`on`, `1e3`, `0o17`, `1:30`, `~`), so nothing is decided by
what a reader might resolve: only text that begins with a letter, `/` or `_` and is made of harmless
characters stays unquoted, and of that not the words which some reader knows as something else.
"""

from __future__ import annotations

import json.encoder
import re

# Booleans and null of YAML 1.1 (https://yaml.org/type/), and the spellings of float that begin with a letter.
_PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null|inf|infinity|nan)\Z)"
    r"[a-z_/](?:[a-z0-9_./@=+,-]|[: ](?=[a-z0-9_./@=+,-]))*",
    re.ASCII | re.IGNORECASE,
)

# What YAML calls unprintable (https://yaml.org/spec/1.2.2/#51-character-set) or, in 1.1, a line break.
_UNFIT_FOR_BLOCK = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

# What a JSON string may hold as it is and a YAML double-quoted scalar may not.
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def scalar(text: str) -> str:
    """`text` on one line: plain where that is safe, else in double quotes."""
    return text if _PLAIN.fullmatch(text) else quoted(text)


def block(text: str, indent: str) -> str:
    """`text` with newlines as a literal block whose lines stand at `indent`; in double quotes where it is not clean."""
    if not _is_clean(text):
        return quoted(text)
    header, body = ("|", text[:-1]) if text.endswith("\n") else ("|-", text)
    lines = [indent + line if line else "" for line in body.split("\n")]
    return "\n".join((header, *lines))


def _is_clean(text: str) -> bool:
    """Whether a block may show it: no blank at the start, which would be taken for indentation, or at a line's end,
    where editors strip it; one newline at the end at most; nothing unprintable."""
    return not (
        text[0] in " \t\n"
        or text[-1] in " \t"
        or text.endswith("\n\n")
        or " \n" in text
        or "\t\n" in text
        or _UNFIT_FOR_BLOCK.search(text)
    )


def quoted(text: str) -> str:
    """A JSON string is a YAML double-quoted scalar, but for a few characters."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.encoder.encode_basestring(text))

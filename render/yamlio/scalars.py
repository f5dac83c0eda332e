"""What an unquoted YAML word means, as Kustomize's YAML library reads it (Kustomize 4.5.4, tried word by word).

It is neither YAML 1.1 nor 1.2: `0o17` and `017` are both 15, `1_000` is a number, `1e3` is 1000, `yes` is text,
and nothing is sexagesimal. Timestamps stay text as in Kubernetes' own parser, where Kustomize rewrites them.
"""

from __future__ import annotations

import math
import re
from io import StringIO
from typing import Any

from yaml.emitter import Emitter

_WORDS: dict[str, Any] = {
    "": None,
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}

# kustomization.yaml and JSON 6902 patches go through the parser of `sigs.k8s.io/yaml`, which keeps YAML 1.1's words.
_YAML_1_1_WORDS: dict[str, Any] = {
    **_WORDS,
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}

_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
# What go-yaml takes for a time (RFC 3339 and what it has like it), and YAML 1.1 for a number of base 60.
_DATE_OR_BASE_60 = re.compile(
    r"(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ ])[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?.*)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)\Z",
    re.ASCII,
)
_EMITTER: Any = Emitter(StringIO(), allow_unicode=True)
_LONGEST = 256  # characters of a whole number that is surely within what a float can hold
_EXACT = 2**53  # up to here a float that is whole is the same number as an integer


def plain(text: str, yaml_1_1: bool = False) -> Any:
    """Returns the value of an unquoted scalar: None, a bool, an int, a float or the text itself."""
    words = _YAML_1_1_WORDS if yaml_1_1 else _WORDS
    if text in words:
        return words[text]
    if text[0] in "0123456789+-.":
        return _number(text)
    return text


def looks_like_no_text(value: Any) -> bool:
    """Returns whether a value is text that YAML 1.1 takes for something else without quotes: `1`, `on`, `~`."""
    return isinstance(value, str) and value != "" and not isinstance(plain(value, yaml_1_1=True), str)


def needs_quotes(text: str) -> bool:
    """Returns whether text is written in quotes, or as a block, where Kustomize chooses how: what is no text without
    them in any reader of YAML, a date and `1:30` among it, and what YAML gives another meaning."""
    if not isinstance(plain(text, yaml_1_1=True), str) or _DATE_OR_BASE_60.match(text):
        return True
    return not _EMITTER.analyze_scalar(text).allow_block_plain


def _number(text: str) -> int | float | str:
    digits = text.replace("_", "") if text[0] != "." else text
    if match := _INTEGER.fullmatch(digits):
        sign, *written = match.groups()
        if len(digits) > _LONGEST:  # Python takes quadratic time for so many digits, and at last refuses them
            number = _float(digits) if match[5] else None
            return text if number is None else number
        whole = next(int(part, base) for part, base in zip(written, (16, 8, 2, 10), strict=True) if part is not None)
        whole = -whole if sign == "-" else whole
        if -(2**63) <= whole < 2**64:
            return whole
        return float(whole) if match[5] else text  # what is no decimal has 64 bits or is text
    if not _FLOAT.fullmatch(digits):
        return text
    number = _float(digits)
    return text if number is None else number  # too large for a number, so Kustomize keeps the text


def _float(digits: str) -> int | float | None:
    number = float(digits)
    if math.isinf(number):
        return None
    # Kustomize hands on JSON, where 1.0 and 1e3 are 1 and 1000
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number

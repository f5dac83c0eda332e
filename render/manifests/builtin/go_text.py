"""How Helm's templates turn values into text, and how Kubernetes reads that text back.

Helm reads every number of a values file as a 64-bit float and prints it with Go's `%v`; what a template
prints without quotes is YAML again, so that a text may come back as a number or a boolean.
Source: Go's package fmt, sprig's `quote`, YAML 1.1.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

import yaml

# Text that YAML can only read as the same text: starts like a name and is none of the words below.
_NAME = re.compile(r"[A-Za-z_/][A-Za-z0-9_./@-]*\Z").match
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


class KubernetesYaml(yaml.CSafeLoader):
    """YAML 1.1 without timestamps, which Kubernetes keeps as text."""


KubernetesYaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def text(value: Any) -> str:
    """Returns the value as a template prints it: nothing for null, `1e+06` for a million, `map[a:1]` for a map."""
    return "" if value is None else _print(value)


def quoted(value: Any) -> str | None:
    """Returns what sprig's `quote` leaves after reading back: text, or null where there is no value."""
    return None if value is None else _print(value)


def _is_name(printed: str) -> bool:
    """Returns whether YAML can only read the text as itself."""
    return _NAME(printed) is not None and printed.lower() not in _WORDS


def plain(*parts: Any) -> Any:
    """Returns what the printed parts mean where they stand without quotes in YAML. Raises ValueError where nothing."""
    printed = "".join([part if type(part) is str else text(part) for part in parts])
    if _is_name(printed):
        return printed
    return _read(f"k: {printed}\n", printed)


def within_quotes(*parts: Any) -> Any:
    """Returns what the printed parts mean between double quotes in YAML, where a backslash escapes."""
    printed = "".join([part if type(part) is str else text(part) for part in parts])
    if "\\" in printed or '"' in printed or "\n" in printed:
        return _read(f'k: "{printed}"\n', printed)
    return printed


@lru_cache(maxsize=4096)
def _read(document: str, printed: str) -> Any:
    try:
        read = yaml.load(document, KubernetesYaml)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ValueError(f"{printed!r} is not a value in YAML") from error
    if type(read) is not dict or list(read) != ["k"]:
        raise ValueError(f"{printed!r} is not a value in YAML")
    return read["k"]


def _print(value: Any) -> str:
    if type(value) is str:
        return value
    if value is None:
        return "<nil>"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_print(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(map(_print, value)) + "]"
    raise TypeError(f"a value cannot be a {type(value).__name__}")


def _number(value: float) -> str:
    """Returns a 64-bit float by Go's `%v`: the shortest digits, with an exponent from a million on and below 0.0001."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number must be finite")
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    power = len(digits) + int(exponent) - 1
    if not number or -4 <= power < 6:
        return repr(number).removesuffix(".0") if number else "0"
    figures = "".join(map(str, digits))
    mantissa = figures[0] + ("." + figures[1:] if len(figures) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"

"""Quantities of resources: `500m`, `1.5Gi`, `1e3`.

Source: Kubernetes' API conventions and the description of `Quantity` in its OpenAPI.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

# A point alone is 0 to the server.
_FORM = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]*))"
    r"(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?",
    re.ASCII,
)
_BINARY = {f"{letter}i": 1 << 10 * power for power, letter in enumerate("KMGTPE", 1)}
_DECIMAL = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "k": Fraction(1000)}
_DECIMAL |= {letter: Fraction(1000**power) for power, letter in enumerate("MGTPE", 2)}
_MOST_DIGITS = 400  # of an exponent's power: no real quantity comes near, and more would only take time


def quantity(value: Any) -> Fraction | None:
    """Returns what a text or number amounts to, None where it is no quantity."""
    found = (
        _FORM.fullmatch(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    )
    if not found:
        return None
    number, suffix = Fraction(_plain(found["number"])), found["suffix"] or ""
    if suffix in _BINARY:
        return _round_up(number * _BINARY[suffix])
    if suffix in _DECIMAL:
        return _round_up(number * _DECIMAL[suffix])
    if not suffix:
        return _round_up(number)
    power = int(suffix[1:])
    return _round_up(number * Fraction(10) ** power) if abs(power) <= _MOST_DIGITS else None


def _round_up(amount: Fraction) -> Fraction:
    """Rounds away from zero to billionths, the smallest that there is."""
    billionths = amount * 10**9
    return Fraction(math.ceil(billionths) if amount > 0 else math.floor(billionths), 10**9)


def is_exponent(value: Any) -> bool:
    """Returns whether a quantity is written with an exponent, `1e3`, which is kept in that form."""
    found = _FORM.fullmatch(str(value))
    return bool(found and (found["suffix"] or "")[:1] in ("e", "E") and len(found["suffix"]) > 1)


def is_binary(value: Any) -> bool:
    """Returns whether a quantity has a suffix that is a power of two, `1Mi`."""
    return str(value).endswith("i")


def _plain(number: str) -> str:
    """Returns a number as `Fraction` reads it: with a digit on both sides of its point."""
    whole, _, rest = number.partition(".")
    return f"{whole if whole.strip('+-') else whole + '0'}.{rest or '0'}"


def is_whole(value: Any) -> bool:
    """Returns whether a quantity is a whole number, as those of countable resources are."""
    found = quantity(value)
    return found is not None and found.denominator == 1


def is_negative(value: Any) -> bool:
    found = quantity(value)
    return found is not None and found < 0

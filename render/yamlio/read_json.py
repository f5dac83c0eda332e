"""JSON text to plain data, within bounds: what is larger, deeper or longer than any real input is refused.

Numbers are those of Kubernetes: whole ones of 64 bits, and those that a float can hold.
"""

from __future__ import annotations

import json
import math
from typing import IO, Any

from render.errors import InputError, wrong

LIMIT = 16 * 1024 * 1024  # bytes; a build of the specs of a cluster with 10,000 namespaces has 5 MiB
DEPTH = 100  # levels


class JSONError(Exception):
    """What is wrong with a text, and its line and column (from 1), None where they are not known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def read_json(text: str | bytes) -> Any:
    """Returns the one value of a JSON text. Raises `JSONError`."""
    try:
        data = json.loads(text, parse_int=whole_number, parse_float=_float, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise JSONError("is not JSON", error.lineno, error.colno) from None
    except UnicodeDecodeError:
        raise JSONError("is not UTF-8 text") from None
    except RecursionError:
        raise JSONError(_TOO_DEEP) from None
    refuse_depth(data)
    return data


def whole_number(digits: str) -> int:
    """Returns the number that JSON has as these digits. Raises `JSONError` where it has more than 64 bits."""
    if len(digits) > 20 or not -(1 << 63) <= (number := int(digits)) < 1 << 64:
        raise JSONError(f"has a number of {len(digits)} digits, and one of 64 bits is expected")
    return number


def refuse_depth(data: Any) -> None:
    """Raises `JSONError` for data that is nested too deeply for what reads it next."""
    level: list[Any] = [data]
    for _ in range(DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise JSONError(_TOO_DEEP)


def read_all(stream: IO[bytes], name: str) -> bytes:
    """Returns all that a stream has. `InputError` where that is more than `LIMIT`; then the rest is not read."""
    text = stream.read(LIMIT + 1)
    if len(text) > LIMIT:
        raise too_large(name, LIMIT)
    return text


def too_large(name: str, limit: int) -> InputError:
    """Returns the error for input of which only so many bytes are read."""
    return wrong("MR003", f"is too large: at most {limit // 1024 // 1024} MiB are read", file=name)


_TOO_DEEP = f"is nested more than {DEPTH} levels deep"


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JSONError(f"has a number of {len(digits)} characters that is too large")
    return number


def _constant(name: str) -> float:
    raise JSONError(f"has {name}, which is not JSON")

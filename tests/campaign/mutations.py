"""Texts and data with mistakes in them, as a random source decides."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import yaml

HOSTILE = "\x1b[31m\a\x7f\x9b\u2028\u202e\u2066\n::error::injected"
ODD: tuple[Any, ...] = (
    *(None, "", " ", 0, -1, 1, 2**63, 10**30, 1.5, 1e308, True, False, [], {}, [None], {"": None}, [[]]),
    *("null", "~", "yes", "0x1f", "1e3", "2020-01-01", "a" * 300, HOSTILE, "é", "\U0001f600", "a: b", "{", "[", "#"),
    *(
        "../..",
        "/etc/passwd",
        ".",
        "..",
        "./.git",
        "a/../b",
        "https://example.com/a",
        "-x",
        "a b",
        "*",
        "x.*",
        "(",
        "=",
    ),
    *("v1.24.2", "v1.24.3", "v1.24-latest", "v9.9.9", "default", "default-v1-24-2", "prod", "istio-system", "Istio"),
    *("IstioRevision", "Namespace", "Fleet", "istio.io/rev", "enabled", "disabled", "remote", "primary", "ambient"),
)
# What a text has that its grammar gives a meaning.
SIGNS: tuple[str, ...] = (
    "\0",
    "\ufeff",
    "\t",
    "\r\n",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "!!binary ",
    "<<: ",
    "? ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
)
SIGNS += ("|\n", ">-\n", "'", '"', "%YAML 1.1\n", "#", ",", "\\u0000", "\udcff", HOSTILE, "<<<<<<< HEAD\n", "=======\n")


def mutate_text(random: Random, text: str) -> str:
    """Returns the text with one to three mistakes; bytes that are not UTF-8 are surrogates in it."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = random.choice((_structure, _structure, _line, _piece))(random, text)
    return text


def mutate_data(random: Random, data: Any) -> Any:
    """Returns a copy of plain data with one value replaced, removed, renamed, wrapped or put somewhere else."""
    data = copy.deepcopy(data)
    places = list(_places(data))
    if not places:
        return random.choice(ODD)
    parent, key = random.choice(places)
    match random.randrange(6):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[str(random.choice(ODD))] = parent.pop(key)
        case 2:
            parent[key] = random.choice([[parent[key]], {"a": parent[key]}, str(parent[key])])
        case 3:
            other, where = random.choice(places)
            if where in other if isinstance(other, dict) else where < len(other):
                parent[key] = copy.deepcopy(other[where])
        case _:
            parent[key] = copy.deepcopy(random.choice(ODD))
    return data


def mutate_json(random: Random, text: str) -> str:
    """Returns JSON with mistakes: in what it says, or now and then in how it is written."""
    if random.random() < 0.2:
        return random.choice((_line, _piece))(random, text)
    data = json.loads(text)
    for _ in range(random.choice((1, 1, 2, 3))):
        data = mutate_data(random, data)
    return json.dumps(data)


def words(random: Random, pieces: tuple[str, ...], most: int) -> str:
    """Returns a text of up to so many of these pieces."""
    return "".join(random.choices(pieces, k=random.randint(1, most)))


def _structure(random: Random, text: str) -> str:
    try:
        documents = list(yaml.safe_load_all(text))
        number = random.randrange(len(documents))
        documents[number] = mutate_data(random, documents[number])
        return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):  # of a mistake before this one
        return _piece(random, text)


def _line(random: Random, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines[at] = f"  {lines[at]}"
        case 3:
            lines[at] = lines[at].removeprefix("  ")
        case 4:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            head, colon, _ = lines[at].partition(": ")
            lines[at] = f"{head}{colon}{random.choice(ODD)}\n"
    return "".join(lines)


def _piece(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    end = min(len(text), at + random.choice((0, 0, 1, 5, 50)))
    match random.randrange(3):
        case 0:
            return text[:at] + text[end:]
        case 1:
            return text[:at] if random.random() < 0.2 else text[:at] + text[at:end] * 3 + text[end:]
        case _:
            return text[:at] + random.choice(SIGNS) + text[end:]


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every value that is in something, as that and its key or index."""
    queue = [data] if isinstance(data, dict | list) else []
    while queue:
        parent = queue.pop()
        keys: list[Any] = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        for key in keys:
            yield parent, key
            if isinstance(parent[key], dict | list):
                queue.append(parent[key])

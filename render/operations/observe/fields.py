"""The fields of the JSON files that commands about clusters leave: what is expected of each, and what is wrong."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from render.errors import wrong
from render.messages import FieldPath, field_text
from render.plan.observed.observation import Owner
from render.tree.store.fleet_folder import FleetFolder
from render.yamlio.read_json import JSONError, read_all, read_json

ABSENT = object()  # what stands for a file that is not there
TIME = "%Y-%m-%dT%H:%M:%SZ"


def read_json_file(folder: FleetFolder, name: str, way: str) -> object:
    """Returns what a file in a folder of observations holds, `ABSENT` where there is none. `way` says how to make it
    anew. `InputError` for one that is no JSON, cannot be read, or is a link."""
    file = folder.title(name)
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            text = read_all(stream, file)
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise wrong("MR018", why, file=file) from None
    try:
        return read_json(text)
    except JSONError as error:
        raise broken(file, way, str(error), line=error.line, column=error.column) from None


def broken(file: str, way: str, message: str, **where: Any) -> Exception:
    """Returns that a file is not as it must be, and how to make it anew."""
    return wrong("MR018", f"{message} ({way})", file=file, **where)


class WrongFieldError(Exception):
    def __init__(self, field: FieldPath, expected: str, found: object) -> None:
        self.field, self.expected, self.found = field_text(field) or None, expected, found
        super().__init__(expected)


def owners_by_field(data: object, at: FieldPath) -> dict[str, tuple[Owner, ...]]:
    found = {}
    for label, owners in as_map(data, at).items():
        if not isinstance(owners, list):
            raise WrongFieldError((*at, label), "a list", owners)
        places = [(as_map(owner, (*at, label, index)), (*at, label, index)) for index, owner in enumerate(owners)]
        found[label] = tuple(
            Owner(
                as_text(owner.get("manager"), (*place, "manager")),
                as_text(owner.get("operation"), (*place, "operation")),
            )
            for owner, place in places
        )
    return found


def as_map(data: object, at: FieldPath) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise WrongFieldError(at, "an object", data)
    return data


def as_text(data: object, at: FieldPath) -> str:
    if not isinstance(data, str):
        raise WrongFieldError(at, "text", data)
    return data


def as_texts(data: object, at: FieldPath) -> tuple[str, ...]:
    if not isinstance(data, list):
        raise WrongFieldError(at, "a list", data)
    return tuple(as_text(one, (*at, index)) for index, one in enumerate(data))


def as_count(data: object, at: FieldPath) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise WrongFieldError(at, "a count", data)
    return data


def as_counts(data: object, at: FieldPath) -> dict[str, int]:
    return {name: as_count(value, (*at, name)) for name, value in as_map(data, at).items()}


def as_time(data: object, at: FieldPath) -> datetime:
    try:
        return datetime.strptime(as_text(data, at), TIME).replace(tzinfo=UTC)
    except ValueError:
        raise WrongFieldError(at, "a time such as 2026-08-22T10:00:00Z", data) from None

"""What Kubernetes publishes of its own kinds: fields, their types, which are required, and by which keys lists merge.

The facts are those of `api/openapi-spec/swagger.json` of the releases that `scripts/kubernetes_openapi.py` names
(Apache-2.0), the oldest and the newest that Istio's releases support: what any of them has is there. Alpha kinds are
left out; a kind that is not there is a custom resource, or one of another release.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

Shape = Literal["object", "map", "list", "scalar"]
_FILE = Path(__file__).with_name("openapi.json")


@dataclass(frozen=True, slots=True)
class Field:
    """What a field holds.

    `type` is the name of a scalar (`string`, `int32`, `quantity`, ...; `any` for what is free) or of an object's type
    (`core.v1.EnvVar`): the field's own, or that of the entries of a map or list. Of a list whose entries are told apart
    by some of their fields, `keys` names these; of one that is a set of plain values, `is_set` is true.
    """

    shape: Shape
    type: str
    is_required: bool = False
    keys: tuple[str, ...] = ()
    is_set: bool = False

    @property
    def entry(self) -> Field:
        """Returns what an entry of this map or list holds."""
        return _plain(self.type)


def kind_type(api_version: Any, kind: Any) -> str | None:
    """Returns the name of the type of a kind, None where Kubernetes itself has none of that name."""
    return _read_published()["kinds"].get(f"{api_version} {kind}")


@lru_cache(maxsize=1024)
def fields(name: str) -> Mapping[str, Field]:
    """Returns the fields of a type of objects. `KeyError` for a name that is none."""
    return {field: _field(said) for field, said in _read_published()["types"][name].items()}


@lru_cache(maxsize=1)
def _read_published() -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = json.loads(_FILE.read_bytes())
    return read


@lru_cache(maxsize=2048)
def _field(said: str) -> Field:
    """Returns a field as the file writes it: `!` before one that is required, `{}` before the type of a map's entries,
    `[]` before that of a list's, with the keys or `=` for a set between them."""
    is_required, said = said.startswith("!"), said.removeprefix("!")
    if said.startswith("{}"):
        return Field("map", said[2:], is_required)
    if said.startswith("["):
        keys, _, of = said[1:].partition("]")
        return Field("list", of, is_required, tuple(keys.split(",")) if keys not in ("", "=") else (), keys == "=")
    return Field(_plain(said).shape, said, is_required)


@lru_cache(maxsize=2048)
def _plain(name: str) -> Field:
    if name.startswith(("{}", "[")):
        return _field(name)
    return Field("object" if name in _read_published()["types"] else "scalar", name)

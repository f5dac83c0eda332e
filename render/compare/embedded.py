"""YAML and JSON inside a text: `mesh` and `values` of Istio's ConfigMaps, and whatever else objects keep as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from render.errors import InputError
from render.kustomize.read import parse

DEPTH = 100  # levels, as in YAML files


@dataclass(frozen=True, slots=True)
class EmbeddedDocument:
    """A document inside a text: what it says, and the text."""

    value: dict[str, Any] | list[Any]
    text: str = field(repr=False)


def parse_embedded(obj: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the object with documents in place of the texts that hold one.

    In a ConfigMap's data that is any map or list in YAML; elsewhere only JSON, which prose is not by chance.
    """
    found = {key: _parse(value) for key, value in obj.items()}
    if obj.get("kind") == "ConfigMap" and isinstance(data := obj.get("data"), Mapping):
        found["data"] = {key: _yaml(value) if isinstance(value, str) else value for key, value in data.items()}
    return found


def _parse(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _parse(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_parse(item) for item in node]
    if isinstance(node, str) and node[:1] in ("{", "["):
        return _json(node)
    return node


@lru_cache(maxsize=64)
def _yaml(text: str) -> EmbeddedDocument | str:
    """Returns the document of a text, or the text. Clusters alike have the same texts, one after the other."""
    if text[:1] == "{" and isinstance(found := _json(text), EmbeddedDocument):
        return found  # JSON is YAML, and read ten times faster
    try:
        documents = parse(text.encode(), "-")
    except (InputError, UnicodeEncodeError):
        return text
    return _document(documents[0].data, text) if len(documents) == 1 else text


def _json(text: str) -> EmbeddedDocument | str:
    try:
        return _document(json.loads(text), text)
    except (ValueError, RecursionError):
        return text


def _document(data: Any, text: str) -> EmbeddedDocument | str:
    """Texts inside it stay texts, so that no nesting of documents gets deeper than what compares them."""
    return EmbeddedDocument(data, text) if isinstance(data, dict | list) and _depth_within(data, DEPTH) else text


def _depth_within(data: Any, depth: int) -> bool:
    if not isinstance(data, dict | list):
        return True
    inner = data.values() if isinstance(data, dict) else data
    return depth > 0 and all(_depth_within(item, depth - 1) for item in inner)

"""Secrets that SOPS encrypted: whoever applies them opens them first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_encrypted(data: Mapping[str, Any]) -> bool:
    """Returns whether SOPS encrypted every value of a Secret: https://getsops.io/docs/#protocol"""
    mark = data.get("sops")
    values = [value for field in ("data", "stringData") for value in (data.get(field) or {}).values()]
    is_marked = data.get("kind") == "Secret" and isinstance(mark, Mapping) and bool(mark.get("mac"))
    return is_marked and all(isinstance(value, str) and value.startswith("ENC[") for value in values)

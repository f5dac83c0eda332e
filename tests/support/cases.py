"""Where the conformance cases lie, and how a test uses them: beside the checkout, skipped by name where missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def shared_cases(name: str) -> list[Any]:
    """The cases of a file under `../shared/conformance` as pytest parameters with their names."""
    file = SHARED / "conformance" / name
    if not file.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"conformance/{name} is not beside this checkout"))]
    return [pytest.param(case, id=case["name"]) for case in json.loads(file.read_text())["cases"]]

"""Runs injection templates through the evaluator, a small Go program, as istiod would run them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.support.cases import ROOT
from tests.support.programs.go import GO, go_environment

_SOURCE = Path(__file__).parent / "evaluator"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a template printed, or why it could not be parsed or run ("" where it could)."""

    text: str
    error: str


def evaluated(requests: list[dict[str, Any]]) -> list[Answer]:
    """One answer a request: `Template`, and where it is to be run `Data`; `Functions` and `Env` where they matter."""
    run = subprocess.run([_program()], input=json.dumps(requests), capture_output=True, text=True, check=True)
    return [Answer(**answer) for answer in json.loads(run.stdout)]


@lru_cache(maxsize=1)
def _program() -> str:
    """The evaluator, built once for each state of its source; tests that run side by side may both build it."""
    sources = sorted(_SOURCE.iterdir())
    state = hashlib.sha256(b"\0".join(each.read_bytes() for each in sources)).hexdigest()[:16]
    built = ROOT / ".tools" / "evaluator" / state
    if not built.exists():
        fresh = built.with_name(f"{state}.{os.getpid()}")
        subprocess.run([GO, "build", "-trimpath", "-o", fresh, "."], cwd=_SOURCE, env=go_environment(), check=True)
        fresh.replace(built)
    return str(built)

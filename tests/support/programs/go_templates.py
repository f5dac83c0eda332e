"""Templates of an ApplicationSet, filled in by Go's own engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.programs.go import GO, go_environment

_PROGRAM = Path(__file__).parent / "go_template" / "main.go"


def filled_in(templates: Iterable[str], data: dict[str, Any]) -> list[str]:
    """Each template with the data; a key that is missing fails the test."""
    asked = json.dumps([{"template": template, "data": data} for template in templates])
    run = subprocess.run([GO, "run", _PROGRAM], input=asked, capture_output=True, text=True, env=go_environment())
    assert run.returncode == 0, run.stderr
    texts: list[str] = json.loads(run.stdout)
    return texts

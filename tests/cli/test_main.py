"""How a run ends when what it prints cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.cases import ROOT


def test_output_that_has_no_room_is_the_outside_world_s_failure_and_no_bug() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "render", "versions"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (4, "meshrev: not all could be written: no room is left on the disk\n")

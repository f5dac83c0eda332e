"""What a long operation shows on a terminal while it is at it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo


def on_a_terminal(fleet: FleetRepo, *arguments: str) -> str:
    """What a command prints to standard error, which is a terminal."""
    ours, its = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "render", *arguments]
    with subprocess.Popen(command, cwd=fleet.root, env=env, stdout=subprocess.DEVNULL, stderr=its) as running:
        os.close(its)
        said = b""
        while part := _read(ours):
            said += part
    os.close(ours)
    assert running.returncode == 0
    return said.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # nobody writes to it any more
        return b""


def test_each_step_says_what_it_does_and_how_far_it_is_and_the_line_is_gone_at_the_end(fleet: FleetRepo) -> None:
    shown = on_a_terminal(fleet, "promote", "--istio", "default", "--version", "v1.24.3").split("\r\x1b[K")
    assert [line for line in shown if line] == [
        "checking out 0 of 3 clusters",
        *(f"{doing} {done} of 3 clusters" for doing in ("checking", "rendering", "linting") for done in (1, 2)),
    ]
    assert shown[-1] == ""
    assert "\r\x1b[K1 of 3 clusters" in on_a_terminal(fleet, "check")

"""Another process that holds the lock of a tree."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from render.tree.store.fleet_folder import FleetFolder
from tests.support.cases import ROOT


@contextmanager
def another_process(output: FleetFolder, how: str) -> Iterator[int]:
    """A process that is inside `lock` or `hold_off_writers`, until it is ended."""
    code = (
        "import sys, pathlib, render.tree.store.lock as it\n"
        f"with it.{how}(it.FleetFolder(pathlib.Path(sys.argv[1]), '.')):\n"
        "    print('in', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(output.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        yield process.pid
        process.send_signal(signal.SIGKILL)

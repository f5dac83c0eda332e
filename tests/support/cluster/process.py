"""A program that runs until the end of a block."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PATIENCE = 120  # seconds until a program must be ready, on a busy machine; 15 are usual
GRACE = 20  # seconds between SIGTERM and SIGKILL


def free_port(host: str = "127.0.0.1") -> int:
    """Returns a TCP port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], log: Path, is_ready: Callable[[], bool], **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the end of the block; the block begins when it is ready.

    Its output goes to `log`. Fails where the program ends first, or is not ready after `PATIENCE` seconds.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), **environment},
            cwd=log.parent,
            start_new_session=True,  # so that an interrupt from the keyboard ends it here, in order
        )
    with end_with_us(process):
        wait_until(lambda: process.poll() is not None or is_ready(), f"{command[0]} is ready", log)
        assert process.poll() is None, f"{command[0]} ended:\n{tail(log)}"
        yield process


# At the end of its input it ends a process group: the other end of the pipe is closed when the tests are gone, also
# where they were killed. A line says that there is nothing to end any more.
_GUARD = """
read -r line && exit
kill -TERM "-$1"
while [ "$2" -gt 0 ] && kill -0 "-$1"; do sleep 1; set -- "$1" $(($2 - 1)); done
kill -KILL "-$1"
"""


@contextmanager
def end_with_us(process: subprocess.Popen[Any]) -> Iterator[None]:
    """End the process group that a process leads with the block, or with this process, should that be killed before."""
    guard = subprocess.Popen(
        ["sh", "-c", _GUARD, "guard", str(process.pid), str(GRACE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        with suppress(ProcessLookupError):  # what it started and left behind
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        guard.communicate(b"done\n")


def wait_until(holds: Callable[[], bool], what: str, log: Path | None = None, patience: float = PATIENCE) -> None:
    """Wait until something holds; fails after `patience` seconds, with the end of a log."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, f"not so after {patience} s: {what}\n{tail(log) if log else ''}"
        time.sleep(0.05)


def tail(log: Path) -> str:
    """Returns the last lines of a log."""
    return "\n".join([f"{log}:", *log.read_text(errors="replace").splitlines()[-20:]])

"""A program that runs until the end of a block."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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
    try:
        wait_until(lambda: process.poll() is not None or is_ready(), f"{command[0]} is ready", log)
        assert process.poll() is None, f"{command[0]} ended:\n{tail(log)}"
        yield process
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(holds: Callable[[], bool], what: str, log: Path | None = None, patience: float = PATIENCE) -> None:
    """Wait until something holds; fails after `patience` seconds, with the end of a log."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, f"not so after {patience} s: {what}\n{tail(log) if log else ''}"
        time.sleep(0.05)


def tail(log: Path) -> str:
    """Returns the last lines of a log."""
    return "\n".join([f"{log}:", *log.read_text(errors="replace").splitlines()[-20:]])

"""Programs beside the tests end with them, whichever way these end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.cluster.process import running, wait_until

# A program that starts another one, as a control plane may.
PARENT = "sleep 300 & echo $! > child; echo $$ > new; mv new parent; wait"
# Whoever starts the tests in the background may have them ignore an interrupt, and what they start inherits that.
SESSION = f"""
import signal
from pathlib import Path
from tests.support.cluster.process import running
signal.signal(signal.SIGINT, signal.default_int_handler)
with running(["sh", "-c", {PARENT!r}], Path("log").absolute(), Path("parent").is_file):
    Path("ready").touch()
    while True:
        pass
"""


def is_there(pid: int) -> bool:
    """Whether a process runs; a zombie, which nobody has waited for yet, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def started(folder: Path) -> list[int]:
    return [int((folder / name).read_text()) for name in ("parent", "child")]


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_session_that_is_cut_off_leaves_no_process_behind(tmp_path: Path, by: signal.Signals) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", SESSION], cwd=tmp_path, env=env, stderr=subprocess.DEVNULL, start_new_session=True
    ) as session:
        try:
            wait_until((tmp_path / "ready").is_file, "the session has started its program")
            assert all(map(is_there, started(tmp_path)))
        finally:
            session.send_signal(by)
    wait_until(lambda: not any(map(is_there, started(tmp_path))), "its processes have ended", patience=20)


def test_a_program_ends_with_the_block_and_so_does_what_it_started(tmp_path: Path) -> None:
    ready = tmp_path / "parent"
    with running(["sh", "-c", PARENT], tmp_path / "log", ready.is_file):
        assert all(map(is_there, started(tmp_path)))
    assert not any(map(is_there, started(tmp_path)))

"""How a run ends when something goes wrong that no verb expects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import ROOT

BROKEN = "import sys, render.cli.main as main; main.forget_the_hook = lambda: {}['no\\u202e\\nhook']; main.main()"


def run(command: list[str | bytes], **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)


def meshrev(*arguments: str | bytes, **environment: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-m", "render", *arguments], **environment)


def test_output_that_has_no_room_is_the_outside_world_s_failure_and_no_bug() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "render", "versions"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (4, "meshrev: not all could be written: no room is left on the disk\n")


def test_an_error_that_nobody_can_read_still_decides_the_exit_code() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "render", "check", "--cluster", "unknown"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=full)
    assert (done.returncode, done.stdout) == (2, b"")


def test_a_bug_is_one_line_and_a_file_for_the_report(tmp_path: Path) -> None:
    done = run([sys.executable, "-c", BROKEN, "versions"], TMPDIR=str(tmp_path))
    (report,) = tmp_path.iterdir()
    said = "meshrev: a bug of meshrev, not of your specs: KeyError: 'no\\u202e\\nhook'."
    assert (done.returncode, done.stderr) == (3, f"{said} Please report it with {report}\n")
    assert "Traceback" in report.read_text()


def test_a_bug_where_no_file_can_be_written_is_told_whole_and_is_still_a_bug(tmp_path: Path) -> None:
    # Every folder that is tried for temporary files is one of these, or the current one.
    nowhere = "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/proc/nowhere']; "
    done = run([sys.executable, "-c", nowhere + BROKEN, "versions"])
    *rest, last = done.stderr.splitlines()
    assert done.returncode == 3
    assert last.startswith("meshrev: a bug of meshrev, not of your specs: KeyError")
    assert "Traceback (most recent call last):" in rest


@pytest.mark.parametrize("arguments", [(b"check", b"--cluster", b"a\xff"), (b"-C", b"\xff", b"check"), (b"\xff",)])
def test_an_argument_that_is_no_text_is_refused(arguments: tuple[bytes, ...]) -> None:
    done = meshrev(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith("Error: an argument is not UTF-8 text: ")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_what_the_encoding_of_a_terminal_lacks_is_escaped(encoding: str) -> None:
    question = ("explain", "--cluster", "prod-eu", "--namespace", "cart", "--pod-labels", "app=łan")
    done = meshrev(*question, PYTHONIOENCODING=encoding)
    shown = "łan" if encoding == "utf-8" else "\\u0142an"
    assert (done.returncode, done.stderr) == (0, "")
    assert f"app={shown}\n" in done.stdout


def test_a_usage_error_is_one_line_whatever_was_given() -> None:
    done = meshrev("check", "--cluster=a", "b\n::error::c\x1b[31m")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "Error: Got unexpected extra argument (b\\n::error::c\\x1b[31m)"

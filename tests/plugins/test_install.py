"""How CI systems install meshrev: from the lock file, and blind to the folder that it runs in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.fleet_repo import fleet_repo
from tests.support.fleets.one_cluster import MESH


def test_it_is_installed_with_hashes_and_runs_nothing_of_the_fleets_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = ["sh", str(ROOT / "plugins/ci/install.sh"), sys.executable, str(home)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip("there is no package index here to take libraries from")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("meshrev ")

    (tmp_path / "fleet").mkdir()
    fleet = fleet_repo(tmp_path / "fleet")
    fleet.cluster("east", MESH)
    for name in ("render", "yaml", "click", "json"):
        fleet.write(f"{name}/__init__.py", "raise SystemExit('ran what somebody proposed')\n")
    program = str(home / "bin/meshrev")
    done = subprocess.run([program, "render"], cwd=fleet.root, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([program, "-C", str(fleet.root), "check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

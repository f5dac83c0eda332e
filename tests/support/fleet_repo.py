"""A fleet repo in a temporary folder, and the command line on it as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import warm
from tests.support.builders import cluster_file, fleet_file, kustomization
from tests.support.cases import ROOT


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class FleetRepo:
    """A git repository with a fleet in it."""

    root: Path

    def meshrev(self, *arguments: str, stdin: str = "", code: int | None = 0, **environment: str) -> Done:
        """Run the command line; fails the test when the exit code is another (None: any)."""
        env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment}
        done = Done(*warm.run(arguments, self.root, env, stdin))
        if code is not None:
            assert done.code == code, f"exit {done.code}, not {code}:\n{done.out}{done.err}"
        return done

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD").strip()

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def cluster(self, name: str, specs: str, **spec: str) -> None:
        """Writes an overlay of one file with these specs; `spec` is of its Cluster."""
        self.write(f"overlays/{name}/cluster.yaml", cluster_file(name, **spec))
        self.write(f"overlays/{name}/kustomization.yaml", kustomization("specs.yaml"))
        self.write(f"overlays/{name}/specs.yaml", specs)

    def tree(self, under: str = "rendered") -> dict[str, bytes]:
        """Every file below a folder by its path, but meshrev's own untracked state."""
        found = {}
        for file in sorted((self.root / under).rglob("*")):
            path = file.relative_to(self.root).as_posix()
            if file.is_file() and "/.meshrev/" not in path:
                found[path] = file.read_bytes()
        return found


def fleet_repo(root: Path, **spec: str) -> FleetRepo:
    """Returns a new repository with a fleet of no clusters yet; `spec` is of its Fleet. Git knows who commits there,
    also on a machine where nobody told it."""
    repo = FleetRepo(root)
    repo.git("init", "-q", "-b", "main")
    for key, value in {"user.name": "Ada", "user.email": "ada@example.com", "commit.gpgsign": "false"}.items():
        repo.git("config", key, value)
    repo.write("meshrev.yaml", fleet_file(**spec))
    return repo

"""What commands cost now and at an earlier commit, as whole processes on the same fleet, in one run.

    python benchmarks/earlier.py v1.0.0 --clusters 200 --namespaces 50

The earlier program comes from `git worktree`, which goes at the end; --at takes a folder that has it already. Both
are started in turn. CPU seconds of all processes, and seconds on the clock; the least of each, because what else the
machine does only adds to them. The ratios are the result; the times are this machine's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from make_fleet import make_fleet

ROOT = Path(__file__).parents[1]
GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.com")
CLUSTER = "cluster-0000"


class Cost(NamedTuple):
    """CPU seconds of a command and its processes, and seconds on the clock."""

    cpu: float
    clock: float


class Task(NamedTuple):
    """A command, in a folder of the fleet; `cold` without the tree that is there."""

    name: str
    arguments: Sequence[str]
    folder: str = ""
    cold: bool = False


TASKS = (
    Task("render, cold", ("render",), cold=True),
    Task("lint", ("lint",)),
    Task("diff --output markdown", ("diff", "--output", "markdown")),
    Task("status", ("status",)),
    Task("status of one cluster", ("status", "--cluster", CLUSTER)),
    Task("explain", ("explain", "--cluster", CLUSTER, "--namespace", "team-0")),
    Task("cmp generate", ("cmp", "generate"), f"rendered/{CLUSTER}"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", nargs="?", help="the earlier commit")
    parser.add_argument("--at", type=Path, help="a folder with the earlier program")
    parser.add_argument("--clusters", type=int, default=200)
    parser.add_argument("--namespaces", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    if (args.before is None) == (args.at is None):
        parser.error("name the earlier commit, or with --at its folder")
    with tempfile.TemporaryDirectory(prefix="meshrev-bench-") as folder:
        before = args.at.resolve() if args.at else Path(folder) / "before"
        if args.before:
            subprocess.run(["git", "worktree", "add", "-q", "--detach", before, args.before], cwd=ROOT, check=True)
        try:
            compare(Path(folder), (ROOT, before), args.clusters, args.namespaces, args.repeat)
        finally:
            if args.before:
                subprocess.run(["git", "worktree", "remove", "--force", before], cwd=ROOT, check=True)


def compare(folder: Path, programs: tuple[Path, Path], clusters: int, namespaces: int, repeat: int) -> None:
    fleet = folder / "fleet"
    make_fleet(fleet, clusters, 2, namespaces)
    subprocess.run([*GIT, "init", "-q"], cwd=fleet, check=True)
    for program in programs:  # Python keeps what it compiled
        cost(program, Task("", ("render",), cold=True), fleet)
    cost(programs[0], Task("", ("render",)), fleet)
    subprocess.run([*GIT, "add", "-A"], cwd=fleet, check=True)
    subprocess.run([*GIT, "commit", "-qm", "bench"], cwd=fleet, check=True)
    mesh = fleet / "base/mesh.yaml"
    mesh.write_text(mesh.read_text().replace("version: v1.24.6", "version: v1.25.3"))
    cost(programs[0], Task("", ("render",)), fleet)
    print(f"{clusters} clusters, {namespaces} namespaces\n")
    print(f"{'':24}{'CPU now':>10}{'before':>10}{'ratio':>8}{'clock now':>12}{'before':>10}{'ratio':>8}")
    for task in TASKS:
        runs = [[cost(program, task, fleet) for program in programs] for _ in range(repeat)]
        now, then = (
            Cost(min(one.cpu for one in found), min(one.clock for one in found)) for found in zip(*runs, strict=True)
        )
        print(
            f"{task.name:24}{now.cpu:10.2f}{then.cpu:10.2f}{now.cpu / then.cpu:8.2f}"
            f"{now.clock:12.2f}{then.clock:10.2f}{now.clock / then.clock:8.2f}"
        )


def cost(program: Path, task: Task, fleet: Path) -> Cost:
    """What a task costs by a program. A cold one works on a copy of the specs, which goes at the end."""
    root = fleet
    if task.cold:
        root = Path(tempfile.mkdtemp(dir=fleet.parent)) / "fleet"
        shutil.copytree(fleet, root, ignore=shutil.ignore_patterns("rendered", ".git"))
        subprocess.run([*GIT, "init", "-q"], cwd=root, check=True)
    # As on anybody's machine: Python may keep what it compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(program)
    command = [sys.executable, "-P", "-m", "render", *task.arguments]
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, cwd=root / task.folder, env=environment, capture_output=True, text=True)
    clock, after = time.perf_counter() - began, os.times()
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    if task.cold:
        shutil.rmtree(root.parent)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(cpu, clock)


if __name__ == "__main__":
    main()

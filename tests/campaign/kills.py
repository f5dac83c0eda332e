"""Commands that are killed at any call to the disk, at any call of git, or at any moment, and now and then once more.

What must be so: `check` finds the state before or the one after, or says that the tree is unfinished and leaves it; the
same command ends in the one after; nothing is left behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.campaign.campaign import Broken
from tests.campaign.oracle import UNFINISHED, command, files
from tests.support.cases import ROOT
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.disk.cut_off import calls_of, in_child, killed
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable, trailers
from tests.support.fleets.served import left_behind
from tests.support.git.faults import killed_at_git_call

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
LISTED = kubectl(namespace("kube-system", uid="0a"), namespace("cart", {"istio.io/rev": "prod"}), pod("cart", NEW))


@dataclass(frozen=True, slots=True)
class Kept:
    """What counts of a repository: its files, its commits' trees, its other branches' trees."""

    files: dict[str, bytes]
    trees: str
    branches: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A command and the fleet that it is for, before and after; how many calls it makes, and how long it takes."""

    fleet: FleetRepo
    arguments: tuple[str, ...]
    stdin: str
    before: Kept
    after: Kept
    disk_calls: int
    git_calls: int
    seconds: float


class Kills:
    """The promotable fleet, for each command in the state in which it has something to do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "fleet").mkdir()
        self._base = promotable(fleet_repo(folder / "fleet"))
        self._base.git("config", "gc.auto", "0")
        self._scenes: dict[str, Scene] = {}

    def attempt(self, random: Random, folder: Path) -> str:
        """Returns `<verb> at <what kind of call>`, and what was found afterwards: `old`, `new` or `unfinished`."""
        verb = random.choice(list(_PREPARED))
        if verb not in self._scenes:
            self._scenes[verb] = self._scene(verb)
        scene = self._scenes[verb]
        fleet = FleetRepo(shutil.copytree(scene.fleet.root, folder / "fleet", symlinks=True))
        for _ in range(random.choice((1, 1, 2))):
            where = _kill(random, scene, fleet)
        found = _next(scene, fleet)
        _finish(scene, fleet, found)
        return f"{verb} at {where}: {found}"

    def _scene(self, verb: str) -> Scene:
        fleet = FleetRepo(shutil.copytree(self._base.root, self._folder / verb))
        arguments, stdin = _PREPARED[verb](fleet)
        run = [FleetRepo(shutil.copytree(fleet.root, self._folder / f"{verb}-{n}")) for n in range(3)]
        before = _kept(fleet)
        began = time.monotonic()
        _started(run[0], arguments, stdin).wait()
        seconds = time.monotonic() - began
        disk = int(in_child(lambda: str(len(calls_of(lambda: _run_here(run[1], arguments, stdin))))))
        git = (
            len(killed_at_git_call(0, _line(arguments), cwd=run[2].root, env=_environment()).calls) if not stdin else 0
        )
        return Scene(fleet, arguments, stdin, before, _kept(run[0]), disk, git, seconds)


def _rendering(fleet: FleetRepo) -> tuple[tuple[str, ...], str]:
    file = fleet.root / "base/istio.yaml"
    file.write_text(file.read_text().replace("v1.24.2   #", "v1.24.3   #"))
    return ("render",), ""


def _promoting(fleet: FleetRepo) -> tuple[tuple[str, ...], str]:
    return ("promote", "--istio", "default", "--version", "v1.24.3"), ""


def _taking_back(fleet: FleetRepo) -> tuple[tuple[str, ...], str]:
    fleet.meshrev(*_promoting(fleet)[0])
    return ("rollback", "--operation", trailers(fleet)["Meshrev-Operation"]), ""


def _retiring(fleet: FleetRepo) -> tuple[tuple[str, ...], str]:
    fleet.meshrev(*_promoting(fleet)[0])
    fleet.meshrev("promote", "--tag", "prod", "--to", NEW)
    fleet.meshrev("promote", "--tag", "default", "--to", NEW)
    return ("retire", OLD, "--without-observation"), ""


def _hydrating(fleet: FleetRepo) -> tuple[tuple[str, ...], str]:
    return ("hydrate", "--cluster", "eu", "--branch", "env/eu-next"), ""


def _observing(fleet: FleetRepo) -> tuple[tuple[str, ...], str]:
    return ("observe", "--cluster", "eu", "--at", "2026-08-22T10:00:00Z"), LISTED


_PREPARED: dict[str, Callable[[FleetRepo], tuple[tuple[str, ...], str]]] = {
    "render": _rendering,
    "promote": _promoting,
    "rollback": _taking_back,
    "retire": _retiring,
    "hydrate": _hydrating,
    "observe": _observing,
}


def _kill(random: Random, scene: Scene, fleet: FleetRepo) -> str:
    where = random.choice(("disk", "disk", "torn write", "git", "any moment"))
    if where == "git" and scene.git_calls:
        number, when = random.randint(1, scene.git_calls), random.choice(("before", "after"))
        killed_at_git_call(number, _line(scene.arguments), cwd=fleet.root, env=_environment(), when=when)  # type: ignore[arg-type]
        return "git"
    if where in ("disk", "torn write"):
        number = random.randrange(scene.disk_calls)
        killed(number, lambda: _run_here(fleet, scene.arguments, scene.stdin), torn=where == "torn write")
        return where
    process = _started(fleet, scene.arguments, scene.stdin)
    time.sleep(random.random() * scene.seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return "any moment"


def _next(scene: Scene, fleet: FleetRepo) -> str:
    """Whether the next command finds the old or the new state, or says that it is in between; nothing else is right."""
    killed_state = _kept(fleet)
    done = command(fleet, "check", codes=(0, 1, 2) if scene.arguments[0] == "render" else (0,))
    found = _kept(fleet)
    if done.code == 2:
        if UNFINISHED not in done.err or found != killed_state:
            raise Broken(f"not as a check of an unfinished tree: {done.err}\n{_differences(found, scene)}")
        return "unfinished"
    if found == scene.after:
        return "new"
    if found == scene.before:
        return "old"
    raise Broken(f"neither the old nor the new state: {done.err}\n{_differences(found, scene)}")


def _finish(scene: Scene, fleet: FleetRepo, found: str) -> None:
    codes = (0, 2) if found == "new" else (0,)  # what is done already may be refused
    done = command(fleet, *scene.arguments, stdin=scene.stdin, codes=codes)
    if (ended := _kept(fleet)) != scene.after:
        raise Broken(f"not the new state, the next time: {done.out}{done.err}\n{_differences(ended, scene)}")
    fleet.git("fsck", "--strict", "--no-dangling")
    left = [*left_behind(fleet), *(str(file) for file in (fleet.root / ".git").rglob("*.lock"))]
    left += [str(file) for file in (fleet.root / "rendered/.meshrev").glob("journal*")]
    left += [str(file) for file in (fleet.root / "rendered/.meshrev").glob("staging*")]
    if left:
        raise Broken(f"left behind: {left}")


def _kept(fleet: FleetRepo) -> Kept:
    branches = fleet.git("for-each-ref", "--format=%(refname) %(tree)", "refs/heads")
    return Kept(files(fleet.root), fleet.git("log", "--format=%T", "HEAD"), branches)


def _differences(found: Kept, scene: Scene) -> str:
    other = scene.after.files
    names = sorted(name for name in found.files.keys() | other.keys() if found.files.get(name) != other.get(name))
    expected = f"{scene.after.branches}{scene.after.trees}"
    return f"from the new one {names[:10]}\n{found.branches}{found.trees}\nexpected {expected}"


def _line(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "render", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _started(fleet: FleetRepo, arguments: tuple[str, ...], stdin: str) -> subprocess.Popen[bytes]:
    """The command in a process group of its own, with its standard input from a file."""
    with tempfile.TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        none = subprocess.DEVNULL
        return subprocess.Popen(
            _line(arguments),
            cwd=fleet.root,
            env=_environment(),
            stdin=given,
            stdout=none,
            stderr=none,
            start_new_session=True,
        )


def _run_here(fleet: FleetRepo, arguments: tuple[str, ...], stdin: str) -> None:
    """The command in this process, which is a child for nothing else."""
    from render.cli.main import meshrev

    with tempfile.TemporaryFile() as given, Path(os.devnull).open("w") as nowhere:
        given.write(stdin.encode())
        given.seek(0)
        for number, stream in enumerate((given, nowhere, nowhere)):
            os.dup2(stream.fileno(), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    os.chdir(fleet.root)
    meshrev.main(list(arguments), standalone_mode=False)

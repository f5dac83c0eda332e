"""The example fleet of this repository, to be spoiled: as it is committed, and in the middle of a render."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.campaign.oracle import command, files
from tests.support.cases import ROOT
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.disk.cut_off import calls_of, in_child, killed
from tests.support.fleet_repo import FleetRepo

CLUSTER = "prod-eu"
OLD, NEW = "default-v1-24-2", "default-v1-24-3"


def example_fleet(folder: Path) -> FleetRepo:
    """The fleet of this repository, observed, in a repository of its own."""
    fleet = FleetRepo(folder)
    folder.mkdir()
    for name in ("base", "overlays", "rendered"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".meshrev"))
    shutil.copy(ROOT / "meshrev.yaml", folder)
    fleet.git("init", "-q", "-b", "main")
    for key, value in {"user.name": "Ada", "user.email": "ada@example.com", "gc.auto": "0"}.items():
        fleet.git("config", key, value)
    command(fleet, "observe", "--cluster", CLUSTER, stdin=listed(), codes=(0,))
    command(fleet, "render", codes=(0,))
    fleet.commit("the fleet")
    return fleet


def listed() -> str:
    rows = [namespace("kube-system", uid="0a"), namespace("catalog", {"istio-injection": "enabled"})]
    return kubectl(*rows, pod("catalog", OLD), pod("catalog", NEW, phase="Pending"), pod("default"))


def decided_render(fleet: FleetRepo, folder: Path) -> tuple[FleetRepo, dict[str, bytes]]:
    """A fleet whose `render` was killed once it was decided, and its tree afterwards."""
    from render.operations.render.run import render

    goal = FleetRepo(shutil.copytree(fleet.root, folder / "goal"))
    upgrade(goal)
    rehearsal = shutil.copytree(goal.root, folder / "rehearsal")
    calls = json.loads(in_child(lambda: json.dumps(calls_of(lambda: render(rehearsal)))))
    for number, name in enumerate(calls):
        if name == "rename":  # one of them gives the journal its name
            decided = FleetRepo(shutil.copytree(goal.root, folder / f"decided{number}"))
            killed(number + 1, lambda decided=decided: render(decided.root))  # type: ignore[misc]
            if (decided.root / "rendered/.meshrev/journal").exists():
                break
    command(goal, "render", codes=(0,))
    return decided, tree_of(files(goal.root))


def upgrade(fleet: FleetRepo) -> None:
    rewrite(fleet.root / "base/istio.yaml", lambda text: text.replace("v1.24.2", "v1.24.3"))


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text()), errors="surrogateescape", newline="")


def tree_of(found: dict[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in found.items() if path.startswith("rendered/")}

"""Repositories in which a commit, or who made the clone, put what no fleet has: settings, repositories inside of it,
links, submodules, meshrev's own notes tracked, names that no file should have.

What must be so: no program of it runs, nothing outside of the repository changes, and what is refused changes nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.campaign.campaign import Broken
from tests.campaign.mutations import HOSTILE
from tests.campaign.oracle import command, expect_same, files
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import CLUSTERS, promotable
from tests.support.fleets.served import left_behind
from tests.support.git.traps import ATTRIBUTES, MODULES, Traps, bring_in

OLD = "default-v1-24-2"
# A promotion that landed is checked out through a person's own filters, as `git pull` would.
MEANT = {"filter.trap.smudge", "filter.trap.process"}
MOVE = ("--namespace", "cart", "--to", "default", "--cluster", "eu")
COMMANDS: tuple[tuple[str, ...], ...] = (
    *(("check",), ("check", "--staged"), ("render",), ("lint",), ("status",), ("log",), ("diff",), ("tidy",)),
    *(("promote", *MOVE), ("promote", "--istio", "default", "--version", "v1.24.3"), ("rollback",)),
    *(("retire", OLD, "--without-observation"), ("retire", "--cluster", "lab"), ("cmp", "generate"), ("observe",)),
    *(("hydrate", "--cluster", "eu", "--branch", "env/eu"), ("explain", "--cluster", "eu", "-n", "cart")),
)
LISTED = kubectl(namespace("kube-system", uid="0a"), namespace("cart", {"istio.io/rev": "prod"}), pod("cart", OLD))
FOLDERS = (
    "base",
    "overlays",
    "overlays/eu",
    "rendered",
    "rendered/eu",
    "rendered/eu/tags",
    "rendered/.meshrev",
    "observed",
)
FILES = (
    "meshrev.yaml",
    "base/istio.yaml",
    "overlays/eu/cluster.yaml",
    "rendered/eu/inventory.jsonl",
    "rendered/.meshrev/lock",
)


class Repositories:
    """The promotable fleet, and a folder beside it that is nobody's business."""

    def __init__(self, folder: Path) -> None:
        (folder / "fleet").mkdir()
        self._template = promotable(fleet_repo(folder / "fleet"))

    def attempt(self, random: Random, folder: Path) -> str:
        """Returns what was put in, and how the commands ended: `done`, `refused`, or both."""
        fleet = FleetRepo(shutil.copytree(self._template.root, folder / "fleet", symlinks=True))
        fleet.git("config", "gc.auto", "0")
        beside = folder / "beside"
        (beside / "eu/tags").mkdir(parents=True)
        for name in ("kept.yaml", "inventory.jsonl", "eu/tags/kept", "cluster.yaml"):
            (beside / name).write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: beside}\n")
        traps = Traps(folder / "traps")
        chosen = random.sample(list(_HOSTILE), random.choice((1, 1, 2)))
        for name in sorted(chosen, key=lambda name: name in _OF_A_CLONE):  # with those in place git does little
            _HOSTILE[name](random, fleet, traps, beside)
            if name not in _OF_A_CLONE and random.random() < 0.7:
                _git(fleet, "add", "-Af")
                _git(fleet, "commit", "-qm", "what no fleet has", "--allow-empty")
        _ = traps.ran  # git itself ran some of them here
        before = files(beside, git=True)
        codes = set()
        for arguments in random.sample(COMMANDS, 4):
            codes.add(_run(fleet, traps, arguments, "settings" in chosen))
            expect_same(before, files(beside, git=True), f"{arguments}, beside the repository")
        ended = "refused" if codes == {2} else "done" if 2 not in codes else "done and refused"
        return f"{' and '.join(sorted(chosen))}: {ended}"


def _run(fleet: FleetRepo, traps: Traps, arguments: tuple[str, ...], with_settings: bool) -> int:
    if arguments == ("observe",):
        arguments = ("observe", "--cluster", "eu")
    before = files(fleet.root)
    head = fleet.git("rev-parse", "HEAD")
    done = command(fleet, *arguments, stdin=LISTED if arguments[0] == "observe" else "")
    ran = traps.ran - (MEANT if with_settings else set())
    if ran:
        raise Broken(f"{arguments} ran {sorted(ran)}\n{done.out}{done.err}")
    if done.code == 2:
        expect_same(before, files(fleet.root), f"{arguments}, which was refused ({done.err.strip()})")
        if fleet.git("rev-parse", "HEAD") != head:
            raise Broken(f"{arguments} was refused and committed\n{done.err}")
    if left := [name for name in left_behind(fleet) if not name.endswith(".lock")]:
        raise Broken(f"{arguments} left {left}\n{done.err}")
    return done.code


def _git(fleet: FleetRepo, *arguments: str) -> None:
    """Git, where it may well refuse what it is asked."""
    with suppress(subprocess.CalledProcessError):
        fleet.git(*arguments)


def _settings(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    fleet.write(".gitattributes", ATTRIBUTES)
    traps.arm(fleet.root / ".git/config", without=("core.fsmonitor",) if random.random() < 0.5 else ())


def _bare(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    bring_in(fleet, random.choice((".", "base", "overlays", "overlays/eu", "rendered", "rendered/eu")), traps)


def _nested(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    nested = FleetRepo(fleet.root / random.choice(("base", "overlays/eu", "rendered", "rendered/eu")))
    if random.random() < 0.5:
        nested.git("init", "-q")
        traps.arm(nested.root / ".git/config")
    else:
        bring_in(FleetRepo(beside), "repository", traps)
        (nested.root / ".git").write_text(f"gitdir: {beside / 'repository'}\n")


def _link(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    path = fleet.root / random.choice((*FOLDERS, *FILES))
    targets = (
        str(beside),
        "..",
        "/",
        ".",
        "/etc",
        "../base",
        path.name,
        str(beside / "kept.yaml"),
        "missing",
        "/dev/zero",
    )
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(random.choice(targets))


def _submodule(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    path = random.choice(("base", "overlays/eu", "rendered", "rendered/eu", "extra"))
    fleet.write(".gitmodules", MODULES.replace("path = sub", f"path = {path}"))
    _git(fleet, "rm", "-rqf", "--cached", "--ignore-unmatch", path)
    fleet.git("update-index", "--add", "--cacheinfo", f"160000,{fleet.git('rev-parse', 'HEAD').strip()},{path}")


def _tracked_notes(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    """A journal, notes and staging that a commit brings in, which name what is not theirs."""
    target = random.choice(
        (f"../../beside/{'kept.yaml'}", str(beside / "kept.yaml"), "../base/istio.yaml", "eu/inventory.jsonl")
    )
    what = random.choice(("remove", "put", "move", "odd"))
    steps = [[what, target, "a/b"]] if random.random() < 0.5 else [{"what": what, "target": target, "staged": "a/b"}]
    fleet.write("rendered/.meshrev/journal", json.dumps({"format": 1, "steps": steps}))
    fleet.write("rendered/.meshrev/staging/a/b", "brought in\n")
    fleet.write("rendered/.meshrev/digests/eu", random.choice(("", "{}", '["a"]', "\0")))
    fleet.write("rendered/.meshrev/inputs.json", random.choice(("", "{}", '{"outside": ["/etc/passwd"]}')))


def _names(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    folder = random.choice(("base", "overlays", "overlays/eu", "rendered", "rendered/eu", "observed"))
    name = random.choice(
        (HOSTILE.replace("\n", "") + ".yaml", "a\nb", "-x", "a b", "\udcff", "CON", "inventory.jsonl.orig", " ")
    )
    place = fleet.root / folder
    place.mkdir(exist_ok=True)
    path = os.path.join(os.fsencode(place), os.fsencode(name))  # noqa: PTH118
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"kind: {\n")


def _worktree(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    """What a clone can have of its own: replaced objects, a sparse or a shallow history, odd branches."""
    match random.randrange(4):
        case 0:
            _git(fleet, "replace", "HEAD:base", "HEAD:overlays")
        case 1:
            _git(fleet, "checkout", "-q", "--detach")
        case 2:
            _git(fleet, "config", "core.worktree", str(beside))
        case _:
            _git(fleet, "tag", "main", "HEAD")
            _git(fleet, "update-ref", "refs/heads/HEAD", "HEAD")


def _clusters(random: Random, fleet: FleetRepo, traps: Traps, beside: Path) -> None:
    """A cluster or an output that is called like a way out of the repository."""
    field = random.choice(("output", "overlays"))
    value = random.choice(
        ("..", "../beside", str(beside), ".", ".git", ".git/hooks", "base", "overlays/eu", "rendered/../..")
    )
    file = fleet.root / "meshrev.yaml"
    old = {"output": "output: rendered", "overlays": "overlays: overlays/*"}[field]
    file.write_text(file.read_text().replace(old, f"{field}: {value}"))
    cluster = random.choice(list(CLUSTERS))
    spec = fleet.root / f"overlays/{cluster}/cluster.yaml"
    spec.write_text(
        spec.read_text().replace(f"name: {cluster}", f"name: {random.choice(('..', '.git', '.meshrev', cluster))}")
    )


_HOSTILE: dict[str, Callable[[Random, FleetRepo, Traps, Path], None]] = {
    "settings": _settings,
    "a bare repository": _bare,
    "a repository inside": _nested,
    "a link": _link,
    "a submodule": _submodule,
    "tracked notes": _tracked_notes,
    "names": _names,
    "an odd clone": _worktree,
    "a way out": _clusters,
}
_OF_A_CLONE = ("settings", "an odd clone")
